"""Geometries of landslides, sound and not, in the study's area."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

WEST, NORTH = 320_000.0, 3_110_000.0  # of the study's area, EPSG:32645


def boxes(number: int = 4, side_m: float = 50.0, step_m: float = 100.0) -> list[shapely.Polygon]:
    """Return squares in the study's area."""
    corners = [
        (WEST + 20 + step_m * (i % 9), NORTH - 80 - step_m * (i // 9)) for i in range(number)
    ]
    return [shapely.box(x, y, x + side_m, y + side_m) for x, y in corners]


def moved(x: float, y: float) -> list[shapely.Geometry]:
    """Return the squares shifted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [shapely.affinity.translate(box, x, y) for box in boxes()]


def degrees(x: float, y: float, count: int = 4) -> list[shapely.Geometry]:
    """Return squares of a thousandth of a degree."""
    return [shapely.box(x + i / 500, y, x + i / 500 + 1e-3, y + 1e-3) for i in range(count)]


def tangle(corners: int) -> list[shapely.Geometry]:
    """Return a polygon whose outline crosses itself many times."""
    rng = np.random.default_rng(1)
    return [shapely.Polygon(rng.uniform(0, 900, (corners, 2)) + (WEST, NORTH - 950))]


def circle(corners: int) -> list[shapely.Geometry]:
    """Return a polygon of many corners."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    points = np.column_stack([np.cos(angle), np.sin(angle)]) * 300 + (WEST + 400, NORTH - 400)
    return [shapely.Polygon(points)]


def collection(kind: str) -> Sequence[Any]:
    """Return the squares as another type of geometry."""
    made: dict[str, Sequence[Any]] = {
        "points": [box.centroid for box in boxes()],
        "lines": [shapely.LineString(box.exterior.coords[:4]) for box in boxes()],
        "closed lines": [shapely.LineString(box.exterior.coords) for box in boxes()],
        "multipoints": [shapely.MultiPoint(list(box.exterior.coords)) for box in boxes()],
        "mixed": [*boxes()[:3], boxes()[3].centroid],
        "collections": [shapely.GeometryCollection([box, box.centroid]) for box in boxes()],
        "empty collections": [shapely.GeometryCollection()] * 4,
        "multi": [shapely.MultiPolygon([box]) for box in boxes()],
        "3d": [shapely.force_3d(box, 7.0) for box in boxes()],
        "nan height": [
            shapely.Polygon([(x, y, np.nan) for x, y in box.exterior.coords]) for box in boxes()
        ],
        "empty polygons": [*boxes(), shapely.Polygon()],
        "all empty": [shapely.Polygon()] * 4,
        "none": [*boxes(), None],
        "all none": [None] * 4,
        "bow tie": [*boxes(), bow_tie()],
        "spike": [*boxes(), spike()],
        "sliver": [*boxes(), shapely.box(WEST, NORTH - 900, WEST + 1e-7, NORTH - 500)],
        "no area": [
            *boxes(),
            shapely.Polygon([(WEST, NORTH), (WEST + 9, NORTH), (WEST, NORTH)]),
        ],
        "all of no area": [shapely.Polygon([(WEST, NORTH), (WEST + 9, NORTH), (WEST, NORTH)])],
        "hole outside": [shapely.Polygon(boxes()[0].exterior.coords, [boxes()[3].exterior.coords])],
        "hole is all": [shapely.Polygon(boxes()[0].exterior.coords, [boxes()[0].exterior.coords])],
        "twice": [*boxes(), *boxes()],
        "overlapping parts": [shapely.MultiPolygon([boxes()[0], boxes()[0]])],
        "one": boxes(1),
        "nothing": [],
    }
    return made[kind]


def bow_tie() -> shapely.Polygon:
    """Return a polygon that crosses itself."""
    x, y = WEST + 700, NORTH - 700
    return shapely.Polygon([(x, y), (x + 50, y + 50), (x + 50, y), (x, y + 50)])


def spike() -> shapely.Polygon:
    """Return a square with a spike without width."""
    x, y = WEST + 700, NORTH - 700
    return shapely.Polygon(
        [(x, y), (x + 50, y), (x + 50, y + 50), (x + 50, y + 300), (x + 50, y + 50), (x, y + 50)]
    )
