"""Ratios, baselines and experiments; not collected by the tests."""
