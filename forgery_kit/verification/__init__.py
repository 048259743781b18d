"""Whether a report or a saved result holds: read out of the file, computed again, drawn again, compared."""
