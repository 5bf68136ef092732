"""Where a map lies, in longitude and latitude."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from slidelens.geo.grid import Grid, crs_name
from slidelens.geo.rasters.georeference import FULL_TURN_DEG
from slidelens.layers.footprint import outline_valid_pixels

_PX = 64  # sides of the grid on which the valid ground is outlined
_DIGITS = 6  # of a degree: 0.1 m


def footprint(path: Path, grid: Grid) -> shapely.Geometry:
    """Return an outline of the valid ground of a map, else of all of it, in degrees (WGS 84).

    Args:
        path: The map.
        grid: Its grid.
    """
    mapped = outline_valid_pixels(path, grid, _PX).outline
    whole = shapely.box(*grid.bounds)
    ground = whole if shapely.is_empty(mapped) else shapely.simplify(mapped, grid.pixel_m)
    dense = shapely.segmentize(ground, max(grid.shape) * grid.pixel_m / 8)
    located = gpd.GeoSeries([dense], crs=grid.crs.to_wkt()).to_crs("EPSG:4326").iloc[0]
    west, _, east, _ = located.bounds
    outline: shapely.Geometry = (
        _cut_at_antimeridian(located) if east - west > 180 else shapely.make_valid(located)
    )
    return outline


def _cut_at_antimeridian(located: shapely.Geometry) -> shapely.Geometry:
    """Return ground across the 180th meridian in two parts, as RFC 7946 wants it."""
    eastward = shapely.transform(
        located, lambda places: places + np.where(places[:, :1] < 0, (FULL_TURN_DEG, 0), (0, 0))
    )
    eastward = shapely.make_valid(eastward)
    west_of = shapely.intersection(eastward, shapely.box(0, -90, 180, 90))
    east_of = shapely.intersection(eastward, shapely.box(180, -90, FULL_TURN_DEG, 90))
    moved = shapely.transform(east_of, lambda places: places - (FULL_TURN_DEG, 0))
    return shapely.union_all([west_of, moved])


def geometry(shape: shapely.Geometry) -> dict[str, Any]:
    """Return an outline as GeoJSON.

    Args:
        shape: The outline, degrees.
    """
    values: dict[str, Any] = json.loads(shapely.to_geojson(shape))
    return {"type": values["type"], "coordinates": _rounded(values["coordinates"])}


def bounds(shapes: Sequence[shapely.Geometry]) -> list[float]:
    """Return the west, south, east and north of outlines, degrees; west > east across 180°.

    Args:
        shapes: At least one.
    """
    parts = shapely.bounds(shapely.get_parts(list(shapes)))
    west, south, east, north = shapely.total_bounds(list(shapes))
    if east - west > 180:
        west, east = parts[parts[:, 0] >= 0, 0].min(), parts[parts[:, 2] < 0, 2].max()
    return [round(float(each), _DIGITS) for each in (west, south, east, north)]


def around(boxes: Sequence[Sequence[float]]) -> list[float]:
    """Return the narrowest bounds of all of several bounds, degrees; west > east across 180°.

    Args:
        boxes: West, south, east and north of each.
    """
    west, south, east, north = np.array(boxes, float).T
    widths = east - west + np.where(west > east, FULL_TURN_DEG, 0)
    # The end of each box, counted from the west of each.
    ends = (west - west[:, None]) % FULL_TURN_DEG + widths
    first = int(ends.max(axis=1).argmin())
    last = int(ends[first].argmax())
    if ends[first, last] >= FULL_TURN_DEG:
        return [-180.0, float(south.min()), 180.0, float(north.max())]
    return [float(each) for each in (west[first], south.min(), east[last], north.max())]


def projection(grid: Grid) -> dict[str, Any]:
    """Return a grid as properties of the STAC extension `projection`.

    Args:
        grid: The grid.
    """
    name = crs_name(grid.crs)
    known = name if name.startswith("EPSG:") else None
    return {
        "proj:code": known,
        **({} if known else {"proj:wkt2": grid.crs.to_wkt(version="WKT2_2019")}),
        "proj:shape": [grid.height, grid.width],
        "proj:transform": [float(each) for each in list(grid.transform)[:6]],
    }


def _rounded(values: Any) -> Any:
    if isinstance(values, int | float):
        return round(float(values), _DIGITS)
    return [_rounded(each) for each in values]
