"""Ink in and out: readers, writers, corpora. NumPy and parsers only."""
