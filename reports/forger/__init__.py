"""What a forger could do in this case: the section of the report, its figure and its words."""
