"""Rasters and vectors with a meaning: probability, density, elevation, histories, footprints."""
