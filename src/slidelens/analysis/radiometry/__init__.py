"""Comparison and normalisation of the radiometry of two images."""
