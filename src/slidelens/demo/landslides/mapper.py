"""The inventory that a careful human mapper would draw from an image."""

from __future__ import annotations

import numpy as np
import shapely
from scipy import ndimage

from slidelens.types import Float64

MIN_AREA_M2 = 216.0
"""Smallest area drawn: the smallest landslide in Table 1 of Bhuyan et al. (2023)."""


def draw_inventory(
    outlines: list[shapely.Polygon], missed_share: float, error_m: float, rng: np.random.Generator
) -> list[shapely.Polygon | None]:
    """Draw an outline for each visible landslide.

    Args:
        outlines: true outlines.
        missed_share: share of the landslides that are missed, small ones first.
        error_m: standard deviation of the distance between drawn and true line.
        rng: random generator.

    Returns:
        An outline for each landslide; None if it is missed or too small.
    """
    areas = np.array([outline.area for outline in outlines])
    conspicuity = np.log(np.maximum(areas, 1.0)) + rng.normal(0, 0.5, len(areas))
    missed = set(
        np.argsort(conspicuity, kind="stable")[: round(missed_share * len(outlines))].tolist()
    )
    drawn = [
        None if i in missed else _trace(outline, error_m, rng) for i, outline in enumerate(outlines)
    ]
    return [shape if shape is not None and shape.area >= MIN_AREA_M2 else None for shape in drawn]


def _trace(
    outline: shapely.Polygon, error_m: float, rng: np.random.Generator
) -> shapely.Polygon | None:
    """Trace the outer line and the larger islands, generalised and slightly off."""
    tolerance_m = min(error_m, 0.08 * float(np.sqrt(outline.area)))
    holes = [
        _digitise_ring(hole, tolerance_m, rng)
        for hole in outline.interiors
        if shapely.Polygon(hole).area > 900
    ]
    shape = shapely.Polygon(_digitise_ring(outline.exterior, tolerance_m, rng), holes)
    parts = [
        part
        for part in shapely.get_parts(shapely.make_valid(shape))
        if part.geom_type in ("Polygon", "MultiPolygon")
    ]
    polygons = [p for part in parts for p in shapely.get_parts(part) if p.geom_type == "Polygon"]
    return max(polygons, key=lambda polygon: polygon.area) if polygons else None


def _digitise_ring(ring: shapely.LinearRing, error_m: float, rng: np.random.Generator) -> Float64:
    """Return points every 12 m along a ring, each off the line, neighbours on the same side."""
    corners = shapely.get_coordinates(ring)
    run_m = np.append(0.0, np.cumsum(np.hypot(*np.diff(corners, axis=0).T)))
    count = max(8, int(run_m[-1] / 12))
    distances = np.linspace(0, run_m[-1], count, endpoint=False)
    points = np.column_stack([np.interp(distances, run_m, corners[:, axis]) for axis in (0, 1)])
    offsets = ndimage.gaussian_filter1d(rng.standard_normal((count, 2)), 1.5, axis=0, mode="wrap")
    return np.asarray(
        points
        + error_m * offsets / max(float(offsets.std()), 1e-9)
        + rng.normal(0, 0.3 * error_m, 2)
    )
