"""Trainings of who wrote it: the style head and the second judge."""
