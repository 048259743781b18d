"""A search in a gallery of writers: what it found, its words, its report."""
