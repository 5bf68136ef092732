"""The inventory that a careful but human mapper would draw from an image."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

MIN_AREA_M2 = 216.0
"""Nothing smaller is drawn: the smallest of the paper's Table 1."""


def draw(
    outlines: list[shapely.Polygon], missed_share: float, error_m: float, rng: np.random.Generator
) -> list[shapely.Polygon | None]:
    """What the mapper draws for each true outline; None for one that she misses or leaves out as too small.

    missed_share: share of the landslides that she misses, small ones first
    error_m: standard deviation of the distance between her line and the true one, metres
    """
    areas = np.array([outline.area for outline in outlines])
    noticed = np.log(np.maximum(areas, 1.0)) + rng.normal(0, 0.5, len(areas))
    missed = set(np.argsort(noticed, kind="stable")[: round(missed_share * len(outlines))].tolist())
    drawn = [
        None if i in missed else _traced(outline, error_m, rng)
        for i, outline in enumerate(outlines)
    ]
    return [shape if shape is not None and shape.area >= MIN_AREA_M2 else None for shape in drawn]


def _traced(
    outline: shapely.Polygon, error_m: float, rng: np.random.Generator
) -> shapely.Polygon | None:
    """The outer line and the larger islands, generalised and a little off."""
    smaller = min(error_m, 0.08 * float(np.sqrt(outline.area)))
    holes = [
        _wobbling(hole, smaller, rng)
        for hole in outline.interiors
        if shapely.Polygon(hole).area > 900
    ]
    shape = shapely.Polygon(_wobbling(outline.exterior, smaller, rng), holes)
    parts = [
        part
        for part in shapely.get_parts(shapely.make_valid(shape))
        if part.geom_type in ("Polygon", "MultiPolygon")
    ]
    polygons = [p for part in parts for p in shapely.get_parts(part) if p.geom_type == "Polygon"]
    return max(polygons, key=lambda polygon: polygon.area) if polygons else None


def _wobbling(
    ring: shapely.LinearRing, error_m: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Points clicked along a ring every dozen metres, each beside the line, neighbours to the same side."""
    corners = shapely.get_coordinates(ring)
    run_m = np.append(0.0, np.cumsum(np.hypot(*np.diff(corners, axis=0).T)))
    count = max(8, int(run_m[-1] / 12))
    at = np.linspace(0, run_m[-1], count, endpoint=False)
    points = np.column_stack([np.interp(at, run_m, corners[:, axis]) for axis in (0, 1)])
    off = ndimage.gaussian_filter1d(rng.standard_normal((count, 2)), 1.5, axis=0, mode="wrap")
    return points + error_m * off / max(float(off.std()), 1e-9) + rng.normal(0, 0.3 * error_m, 2)
