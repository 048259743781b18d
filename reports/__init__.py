"""What is stated and how it looks. Draws a saved result; needs no model."""
