"""Agreement of two inventories: by area, by landslide, by size."""
