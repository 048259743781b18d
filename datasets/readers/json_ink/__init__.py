"""JSON ink of many programs."""
