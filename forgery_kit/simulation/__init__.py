"""What a forger could do in a case: imitations of the known writer, set beside the questioned writing."""
