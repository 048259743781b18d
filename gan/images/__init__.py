"""Adversarial networks that draw images of single characters, to widen a set of them."""
