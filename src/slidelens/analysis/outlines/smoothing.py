"""Smooth the stepped outlines of pixels while preserving area."""

from __future__ import annotations

import numpy as np
import shapely

from slidelens.analysis.overlay import shapes_of
from slidelens.types import Float64, Shapes

_CUTS = 2
_AREA_ITERATIONS = 4
_AREA_TOLERANCE = 1e-3


def smooth_outlines(polygons: Shapes, step_m: float) -> Shapes:
    """Return the polygons with smoothed outlines of the same area.

    Steps up to `step_m` are straightened and corners cut twice; the area lost is restored by
    moving the outline evenly. No point moves much further than `step_m`.

    Args:
        polygons: (n,) polygons in a metric CRS.
        step_m: Height of the steps, usually the pixel size, metres, > 0.

    Returns:
        (n,) valid polygons. A polygon that would fall apart or fold is returned unchanged.

    Source: Chaikin (1974), doi 10.1016/0146-664X(74)90028-8.
    """
    return shapes_of([_smooth(shape, step_m) for shape in polygons])


def _smooth(shape: shapely.Geometry, step_m: float) -> shapely.Geometry:
    # Long edges are divided first, so that a corner between two of them loses no more area than
    # one between short edges.
    simplified = shapely.get_parts(
        shapely.segmentize(shapely.simplify(shape, 0.75 * step_m), 3 * step_m)
    )
    parts = [
        shapely.Polygon(
            _cut_corners(part.exterior), [_cut_corners(hole) for hole in part.interiors]
        )
        for part in simplified
        if not part.is_empty
    ]
    if not parts:
        return shape
    rounded = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    if not shapely.is_valid(rounded):
        return shape
    restored = _restore_area(rounded, shapely.area(shape))
    same_parts = shapely.get_num_geometries(restored) == shapely.get_num_geometries(shape)
    difference_m2 = abs(shapely.area(restored) - shapely.area(shape))
    same_area = difference_m2 <= _AREA_TOLERANCE * shapely.area(shape)
    return restored if shapely.is_valid(restored) and same_parts and same_area else shape


def _cut_corners(ring: shapely.LinearRing) -> Float64:
    points: Float64 = shapely.get_coordinates(ring)[:-1]
    for _ in range(_CUTS):
        following = np.roll(points, -1, axis=0)
        points = np.stack(
            [0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], axis=1
        ).reshape(-1, 2)
    return points


def _restore_area(shape: shapely.Geometry, area_m2: float) -> shapely.Geometry:
    """Buffer the shape, outwards or inwards, until it has the given area."""
    width_m, buffered = 0.0, shape
    for _ in range(_AREA_ITERATIONS):
        width_m += (area_m2 - shapely.area(buffered)) / max(shapely.length(buffered), 1e-9)
        buffered = shapely.buffer(shape, width_m, join_style="mitre")
    return buffered
