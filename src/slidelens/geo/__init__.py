"""Rasters and vectors: the only folder that opens them."""
