"""Person or machine: what was found, its words and its section of the report."""
