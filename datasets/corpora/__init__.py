"""Corpora with known writers, read straight from their archives or from a folder."""
