"""From a probability map to landslides: threshold, outline, drop the tiny, describe each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from slidelens.analysis.outlines.fragments import MergedFragments
from slidelens.analysis.overlay import shapes_of
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import polygonise, rasterise_ids
from slidelens.types import Float32, Int64, Mask, Shapes


@dataclass(frozen=True)
class VectorisedLandslides:
    """The landslides of a probability map.

    landslides: a row each, largest first: id (from 1), area_m2, perimeter_m, mean_probability, max_probability, and pieces, how many
        outlines of connected pixels it is made of
    pieces: (n,) those outlines themselves, as a plain count has them
    """

    landslides: gpd.GeoDataFrame
    pieces: Shapes


def outline_mask(
    probability: Float32,
    mapped: Mask,
    grid: Grid,
    threshold: float,
    min_area_m2: float,
    area: Mask | None = None,
) -> gpd.GeoDataFrame:
    """The landslides of a probability map, a row for each outline of connected pixels, largest first; see `outlines_of`."""
    return vectorise(probability, mapped, grid, threshold, min_area_m2, area).landslides


def vectorise(
    probability: Float32,
    mapped: Mask,
    grid: Grid,
    threshold: float,
    min_area_m2: float,
    area: Mask | None = None,
    join: Callable[[Shapes], MergedFragments] | None = None,
) -> VectorisedLandslides:
    """Outline, drop the tiny, join the pieces of a landslide, and describe each.

    probability: (height, width), 0…1; mapped: (height, width) bool, false where nothing was seen
    threshold: a pixel is landslide from this probability on
    min_area_m2: smaller pieces are left out
    area: (height, width) bool; only landslides, and pieces, whose centroid lies in it are kept
    join: makes the pieces of a landslide one; without it each is a landslide
    The landslides are in the grid's CRS.
    """
    pieces = shapes_of(
        [
            body
            for body in polygonise(mapped & (probability >= threshold), grid)
            if body.area >= min_area_m2
        ]
    )
    merged = join(pieces) if join else MergedFragments(pieces, np.arange(len(pieces)))
    kept = _within(merged.shapes, area, grid)
    return VectorisedLandslides(
        _described(merged.shapes[kept], merged.pieces[kept], probability, grid),
        pieces[_within(pieces, area, grid)],
    )


def _described(bodies: Shapes, pieces: Int64, probability: Float32, grid: Grid) -> gpd.GeoDataFrame:
    order = np.argsort(-shapely.area(bodies), kind="stable")
    bodies = bodies[order]
    return gpd.GeoDataFrame(
        {
            "id": np.arange(1, len(bodies) + 1, dtype=np.int64),
            "area_m2": np.round(shapely.area(bodies), 1),
            "perimeter_m": np.round(shapely.length(bodies), 1),
            **_probabilities(bodies, probability, grid),
            "pieces": pieces[order],
        },
        geometry=bodies,
        crs=grid.crs,
    )


def _within(bodies: Shapes, area: Mask | None, grid: Grid) -> Mask:
    """(n,) whether the centroid of each lies in the area."""
    if area is None:
        return np.ones(len(bodies), dtype=bool)
    x, y = shapely.get_coordinates(shapely.centroid(bodies)).T
    columns, rows = ~grid.transform @ (x, y)
    return area[rows.astype(int), columns.astype(int)]


def _probabilities(
    bodies: Shapes, probability: Float32, grid: Grid
) -> dict[str, NDArray[np.float64]]:
    """Mean and highest probability within each body."""
    of_body = rasterise_ids(bodies, grid)
    inside = of_body > 0
    which, values = of_body[inside] - 1, probability[inside]
    mean = np.bincount(which, values, len(bodies)) / np.maximum(
        np.bincount(which, minlength=len(bodies)), 1
    )
    highest = np.zeros(len(bodies))
    np.maximum.at(highest, which, values)
    return {"mean_probability": mean.round(4), "max_probability": highest.round(4)}
