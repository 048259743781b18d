"""Who wrote it, a person or a machine: baselines, error rates, what a choice was worth."""
