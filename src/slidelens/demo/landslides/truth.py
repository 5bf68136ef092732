"""The truth about every landslide at every date, in the terms of the lifecycle stage."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from affine import Affine

from slidelens.demo.landslides.body import SUBPIXELS, Body, to_pixels
from slidelens.demo.landslides.history import Event
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import polygonise
from slidelens.types import Mask

Row = dict[str, Any]


def observation_row(
    landslide_id: int,
    event: Event,
    body: Body,
    ground: Mask,
    valid: Mask,
    grid: Grid,
) -> Row:
    """Return one row of the truth.

    A landslide that is more than half under nodata is unobserved; `true_state` is its real state.

    Args:
        landslide_id: id from 1.
        event: the landslide at the date.
        body: its body.
        ground: the body's bare cells.
        valid: (height, width) where the image has values.
        grid: grid of the image.
    """
    pixels = to_pixels(ground) > 0.5
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


def _outline(body: Body, ground: Mask, grid: Grid) -> shapely.Polygon:
    """Return the outline of the bare cells with rounded corners; empty when healed."""
    if not ground.any():
        return shapely.Polygon()
    cell_m = grid.pixel_m / SUBPIXELS
    left, top = grid.transform @ (body.columns.start, body.rows.start)
    polygons = polygonise(
        ground, Grid(grid.crs, Affine(cell_m, 0, left, 0, -cell_m, top), *ground.shape)
    )
    rounded = _largest(polygons).simplify(cell_m * 0.75).buffer(cell_m * 0.6).buffer(-cell_m * 0.6)
    return _largest(shapely.get_parts(rounded).tolist())


def _largest(polygons: list[shapely.Polygon]) -> shapely.Polygon:
    return max(polygons, key=lambda polygon: polygon.area)


def summarise_landslides(observations: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a row per landslide: first and last date, largest area, union of its outlines."""
    unhealed = observations[observations.true_state != "healed"]
    rows = [
        _summary(number, rows_of_landslide)
        for number, rows_of_landslide in unhealed.groupby("landslide_id", sort=True)
    ]
    columns = ["landslide_id", "first_date", "last_date", "dates", "largest_area_m2", "geometry"]
    return gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=columns), geometry="geometry", crs=observations.crs
    )


def _summary(number: Any, rows: gpd.GeoDataFrame) -> Row:
    when = {"first_date": rows.date.iloc[0], "last_date": rows.date.iloc[-1], "dates": len(rows)}
    return {
        "landslide_id": number,
        **when,
        "largest_area_m2": rows.area_m2.max(),
        "geometry": shapely.union_all(rows.geometry.to_numpy()),
    }
