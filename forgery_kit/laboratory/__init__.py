"""A laboratory's own reference: its people in the place of those that ship."""
