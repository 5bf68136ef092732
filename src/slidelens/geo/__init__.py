"""Rasters and vectors: the package that opens them."""
