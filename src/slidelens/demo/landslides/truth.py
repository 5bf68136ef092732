"""What is true of every landslide at every date, in the vocabulary of the lifecycle stage."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from affine import Affine
from numpy.typing import NDArray

from slidelens.demo.landslides.body import FINER, Body, at_pixels
from slidelens.demo.landslides.history import Event
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import polygonise

Row = dict[str, Any]


def observed(
    landslide_id: int,
    event: Event,
    body: Body,
    ground: NDArray[np.bool_],
    valid: NDArray[np.bool_],
    grid: Grid,
) -> Row:
    """One row of the truth; a landslide more than half under nodata is unobserved, and `true_state` says what it would be.

    ground: the body's open cells; valid: (height, width), where the image has values
    """
    pixels = at_pixels(ground) > 0.5
    hidden = bool(pixels.any() and valid[body.rows, body.columns][pixels].mean() < 0.5)
    outline = _outline(body, ground, grid)
    state = {"state": "unobserved" if hidden else event.state, "true_state": event.state}
    return {
        "landslide_id": landslide_id,
        "date": event.date,
        **state,
        "area_m2": round(outline.area, 1),
        "geometry": outline,
    }


def _outline(body: Body, ground: NDArray[np.bool_], grid: Grid) -> shapely.Polygon:
    """The open cells' outline, corners rounded; empty when healed."""
    if not ground.any():
        return shapely.Polygon()
    cell_m = grid.pixel_m / FINER
    left, top = grid.transform @ (body.columns.start, body.rows.start)
    pieces = polygonise(
        ground, Grid(grid.crs, Affine(cell_m, 0, left, 0, -cell_m, top), *ground.shape)
    )
    rounded = _largest(pieces).simplify(cell_m * 0.75).buffer(cell_m * 0.6).buffer(-cell_m * 0.6)
    return _largest(shapely.get_parts(rounded).tolist())


def _largest(polygons: list[shapely.Polygon]) -> shapely.Polygon:
    return max(polygons, key=lambda polygon: polygon.area)


def one_row_each(observations: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A row for each landslide: first and last date open, largest area, and all the ground that it ever held."""
    held = observations[observations.true_state != "healed"]
    rows = [_summary(number, seen) for number, seen in held.groupby("landslide_id", sort=True)]
    columns = ["landslide_id", "first_date", "last_date", "dates", "largest_area_m2", "geometry"]
    return gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=columns), geometry="geometry", crs=observations.crs
    )


def _summary(number: Any, seen: gpd.GeoDataFrame) -> Row:
    when = {"first_date": seen.date.iloc[0], "last_date": seen.date.iloc[-1], "dates": len(seen)}
    return {
        "landslide_id": number,
        **when,
        "largest_area_m2": seen.area_m2.max(),
        "geometry": shapely.union_all(seen.geometry.to_numpy()),
    }
