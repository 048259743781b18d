"""The recogniser: what is written, and where each letter stands."""
