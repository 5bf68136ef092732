"""Read rasters: what a file is, where it lies, what its bands are and which pixels are seen."""
