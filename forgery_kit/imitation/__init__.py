"""A text in the hand of known ink or in a named style, and its files."""
