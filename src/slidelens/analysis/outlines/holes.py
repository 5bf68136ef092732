"""Fill small holes in polygons."""

from __future__ import annotations

import numpy as np
import shapely

from slidelens.types import Mask, Shapes


def fill_small_holes(polygons: Shapes, max_hole_m2: float) -> Shapes:
    """Return the polygons with their small holes filled.

    Args:
        polygons: (n,) polygons or multipolygons in a metric CRS.
        max_hole_m2: Largest hole that is filled, m²; 0 fills none.
    """
    filled = polygons.copy()
    if max_hole_m2 > 0:
        for position in np.flatnonzero(_may_have_holes(polygons)):  # the others are not copied
            parts = [
                _fill_part(part, max_hole_m2) for part in shapely.get_parts(polygons[position])
            ]
            filled[position] = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    return filled


def _may_have_holes(polygons: Shapes) -> Mask:
    is_multipart = shapely.get_type_id(polygons) != shapely.GeometryType.POLYGON
    return np.asarray(is_multipart | (shapely.get_num_interior_rings(polygons) > 0))


def _fill_part(polygon: shapely.Polygon, max_hole_m2: float) -> shapely.Polygon:
    if not len(polygon.interiors):
        return polygon
    return shapely.Polygon(
        polygon.exterior,
        [hole for hole in polygon.interiors if shapely.Polygon(hole).area > max_hole_m2],
    )
