"""The sections of the comparison report, a module each: a ``Comparison`` in, flowables out."""
