"""Small inventories before and after somebody has edited them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import geopandas as gpd
import numpy as np
import shapely

from slidelens.analysis.review.outlines import Outlines
from support.studies import NORTH, UTM, WEST

SIDE_M = 50.0


def square(column: float, row: float = 0.0, side_m: float = SIDE_M) -> shapely.Polygon:
    """A square of 50 m; columns and rows lie 100 m apart."""
    left, bottom = WEST + 100 * column, NORTH - 500 - 100 * row
    return shapely.box(left, bottom, left + side_m, bottom + side_m)


def outlines(
    shapes: Sequence[shapely.Geometry],
    ids: Sequence[str] | None = None,
    bare: Collection[int] = (),
) -> Outlines:
    """Rows with ids from 1, of which those named hold no landslide."""
    array = np.empty(len(shapes), dtype=object)
    array[:] = list(shapes)
    is_landslide = np.array([row not in bare for row in range(len(shapes))], dtype=bool)
    numbers = [str(row + 1) for row in range(len(shapes))] if ids is None else ids
    return Outlines(array, is_landslide, numbers)


def mapped_frame(number: int = 6) -> gpd.GeoDataFrame:
    """What `slidelens map` writes of squares in a row, with ids from 1."""
    shapes = [square(column) for column in range(number)]
    return gpd.GeoDataFrame(
        {
            "id": range(1, number + 1),
            "area_m2": [2500.0] * number,
            "perimeter_m": [200.0] * number,
            "mean_probability": [0.5 + 0.05 * row for row in range(number)],
            "method": ["slidelens, unet"] * number,
            "reviewed_by": [None] * number,
        },
        geometry=shapes,
        crs=UTM.to_wkt(),
    )
