"""Sets of images of characters widened by generated ones."""
