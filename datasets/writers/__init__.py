"""Writers of ink: what is written comes back the same through the reader of its format."""
