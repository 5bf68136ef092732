"""Rasters and vectors with a meaning: probabilities, densities, heights, histories, observed footprints."""
