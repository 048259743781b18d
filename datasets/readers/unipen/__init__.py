"""UNIPEN files."""
