"""Statistics of one inventory: number, area, density, size–frequency."""
