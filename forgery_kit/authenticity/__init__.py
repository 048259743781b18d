"""A person or a machine: the networks' scores of ink, calibrated."""
