"""InkML (W3C 2011) as many programs write it."""
