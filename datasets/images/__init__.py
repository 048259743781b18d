"""Images of single characters: sets of them as IDX files, and drawn from pen trajectories."""
