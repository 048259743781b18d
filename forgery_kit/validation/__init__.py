"""Validation, a protocol for each corpus."""
