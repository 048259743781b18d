"""Training of person or machine: lines, networks, the trees beside them, rivals of the generator."""
