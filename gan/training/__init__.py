"""Training scripts, one per network; each reads top to bottom."""
