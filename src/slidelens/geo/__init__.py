"""Open, write and reproject rasters and vector files."""
