"""Fill small holes in polygons."""

from __future__ import annotations

import numpy as np
import shapely

from slidelens.types import Shapes


def fill_small_holes(polygons: Shapes, max_hole_m2: float) -> Shapes:
    """(n,) the polygons with holes up to `max_hole_m2` filled."""
    filled = polygons.copy()
    if max_hole_m2 > 0:
        for position in np.flatnonzero(shapely.get_num_coordinates(polygons) > 5):
            parts = [_filled(part, max_hole_m2) for part in shapely.get_parts(polygons[position])]
            filled[position] = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    return filled


def _filled(polygon: shapely.Polygon, max_hole_m2: float) -> shapely.Polygon:
    if not len(polygon.interiors):
        return polygon
    return shapely.Polygon(
        polygon.exterior,
        [hole for hole in polygon.interiors if shapely.Polygon(hole).area > max_hole_m2],
    )
