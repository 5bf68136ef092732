"""Tiny trainings and networks."""
