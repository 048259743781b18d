"""The generator: networks, sampling, priming, styles."""
