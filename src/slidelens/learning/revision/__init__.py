"""Revise the maps of a study, choose thresholds and score the revised maps."""
