"""Outlines without the steps of pixels, of the same area."""

from __future__ import annotations

import numpy as np
import shapely

from slidelens.analysis.overlay import shapes_of
from slidelens.types import Float64, Shapes

_CUTS = 2
_ROUNDS = 4


def smooth_outlines(polygons: Shapes, step_m: float) -> Shapes:
    """Outlines with their corners cut, each of the area it had.

    Steps up to `step_m` (the pixel) are straightened, corners cut twice (Chaikin 1974, doi 10.1016/0146-664X(74)90028-8), and what that
    took from the area is given back evenly along the outline. No point of the outline moves by much more than `step_m`.

    polygons: (n,) polygons in a metric CRS; step_m: metres, > 0
    Returns (n,) valid polygons; one that would fall apart or fold is left as it is.
    """
    return shapes_of([_smoothed(shape, step_m) for shape in polygons])


def _smoothed(shape: shapely.Geometry, step_m: float) -> shapely.Geometry:
    # long edges are cut up first, so that a corner between two of them loses no more than one between short ones
    plain = shapely.get_parts(
        shapely.segmentize(shapely.simplify(shape, 0.75 * step_m), 3 * step_m)
    )
    parts = [
        shapely.Polygon(_cut(part.exterior), [_cut(hole) for hole in part.interiors])
        for part in plain
        if not part.is_empty
    ]
    if not parts:
        return shape
    rounded = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    restored = _with_area(rounded, shapely.area(shape)) if shapely.is_valid(rounded) else shape
    whole = shapely.is_valid(restored) and shapely.get_num_geometries(
        restored
    ) == shapely.get_num_geometries(shape)
    return (
        restored
        if whole and abs(shapely.area(restored) - shapely.area(shape)) <= 1e-3 * shapely.area(shape)
        else shape
    )


def _cut(ring: shapely.LinearRing) -> Float64:
    points = shapely.get_coordinates(ring)[:-1]
    for _ in range(_CUTS):
        following = np.roll(points, -1, axis=0)
        points = np.stack(
            [0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], axis=1
        ).reshape(-1, 2)
    return points


def _with_area(shape: shapely.Geometry, area_m2: float) -> shapely.Geometry:
    """The shape widened or narrowed evenly until it has an area."""
    width, widened = 0.0, shape
    for _ in range(_ROUNDS):
        width += (area_m2 - shapely.area(widened)) / max(shapely.length(widened), 1e-9)
        widened = shapely.buffer(shape, width, join_style="mitre")
    return widened
