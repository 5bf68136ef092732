"""Leave out what no pixel of a grid needs of large outlines.

GDAL looks at every vertex of a polygon for every row that it burns, so that an outline of a million
vertices takes as long on each small piece of a large grid as on all of it.
"""

from __future__ import annotations

import numpy as np
import shapely

from slidelens.geo.grid import Grid

LARGE = 5000  # vertices
_LARGE_RING = 100
_MARGIN_PX = 2


def crop_outline(polygon: shapely.Polygon, grid: Grid) -> shapely.Polygon:
    """Return a polygon that covers the same pixels of a grid, with few vertices beyond its edges.

    A vertex that lies beyond the same edge as those before and after it is left out. The edges that
    cross the grid keep their coordinates, and the number of those beside a pixel stays odd or even,
    so every pixel's centre stays inside or outside. The result is not valid in general.

    Args:
        polygon: In the grid's CRS; one of few vertices is returned as it is.
        grid: The grid.
    """
    if shapely.get_num_coordinates(polygon) <= LARGE:
        return polygon
    rings = shapely.get_rings(polygon)
    left, bottom, right, top = grid.bounds
    west, south, east, north = shapely.bounds(rings).T
    near = (west <= right) & (east >= left) & (south <= top) & (north >= bottom)
    if not near[0]:
        return shapely.Polygon()
    exterior, *holes = (_crop_ring(ring, grid) for ring in rings[near])
    if exterior.is_empty:
        return shapely.Polygon()
    return shapely.Polygon(exterior, [hole for hole in holes if not hole.is_empty])


def _crop_ring(ring: shapely.LinearRing, grid: Grid) -> shapely.LinearRing:
    """Return a ring without the corners that a grid does not need."""
    if shapely.get_num_coordinates(ring) <= _LARGE_RING:
        return ring
    corners = shapely.get_coordinates(ring)
    left, bottom, right, top = grid.bounds
    sides = (right - left) / grid.width, (top - bottom) / grid.height
    for axis, sign, edge in ((0, -1, -left), (0, 1, right), (1, -1, -bottom), (1, 1, top)):
        beyond = sign * corners[:-1, axis] > edge + _MARGIN_PX * sides[axis]
        kept = corners[:-1][~(beyond & np.roll(beyond, 1) & np.roll(beyond, -1))]
        if len(kept) < 3:
            return shapely.LinearRing()
        corners = np.concatenate([kept, kept[:1]])
    return shapely.LinearRing(corners)
