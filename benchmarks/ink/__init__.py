"""Ink as it comes: kinds, orientation, what is no writing, what it says."""
