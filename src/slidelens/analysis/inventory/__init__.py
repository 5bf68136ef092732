"""Statistics of one inventory: counts, areas, density, size-frequency."""
