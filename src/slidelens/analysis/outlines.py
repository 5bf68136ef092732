"""From a probability map to landslides: threshold, outline, drop the tiny, describe each."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from slidelens.geo.grid import Grid
from slidelens.geo.mask import number, polygonise

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def outline(
    probability: Floats, mapped: Mask, grid: Grid, threshold: float, min_area_m2: float, area: Mask | None = None
) -> gpd.GeoDataFrame:
    """The landslides of a probability map, largest first.

    probability: (height, width), 0…1; mapped: (height, width) bool, false where nothing was seen
    threshold: a pixel is landslide from this probability on
    min_area_m2: smaller polygons are left out
    area: (height, width) bool; only landslides whose centroid lies in it are kept
    Returns rows with id (from 1), area_m2, perimeter_m, mean_probability and max_probability, in the grid's CRS.
    """
    bodies = [body for body in polygonise(mapped & (probability >= threshold), grid) if body.area >= min_area_m2]
    if area is not None:
        bodies = [body for body in bodies if area[_pixel_of(body.centroid, grid)]]
    bodies.sort(key=lambda body: -body.area)
    return gpd.GeoDataFrame(
        {
            "id": np.arange(1, len(bodies) + 1, dtype=np.int64),
            "area_m2": np.round(shapely.area(bodies), 1),
            "perimeter_m": np.round(shapely.length(bodies), 1),
            **_probabilities(bodies, probability, grid),
        },
        geometry=np.array(bodies, dtype=object),
        crs=grid.crs,
    )


def _pixel_of(point: shapely.Point, grid: Grid) -> tuple[int, int]:
    column, row = ~grid.transform @ (point.x, point.y)
    return int(row), int(column)


def _probabilities(bodies: list[shapely.Polygon], probability: Floats, grid: Grid) -> dict[str, NDArray[np.float64]]:
    """Mean and highest probability within each body."""
    of_body = number(bodies, grid)
    inside = of_body > 0
    which, values = of_body[inside] - 1, probability[inside]
    mean = np.bincount(which, values, len(bodies)) / np.maximum(np.bincount(which, minlength=len(bodies)), 1)
    highest = np.zeros(len(bodies))
    np.maximum.at(highest, which, values)
    return {"mean_probability": mean.round(4), "max_probability": highest.round(4)}
