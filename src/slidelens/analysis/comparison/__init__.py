"""Agreement between two inventories: by area, by landslide, by size."""
