"""Fonts of a hand: letters cut out of generated words, as outlines and as single lines."""
