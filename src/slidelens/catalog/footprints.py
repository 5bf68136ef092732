"""Where a map lies, in longitude and latitude."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from slidelens.geo.grid import Grid, crs_name
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
    located = gpd.GeoSeries([dense], crs=grid.crs.to_wkt()).to_crs("EPSG:4326")
    outline: shapely.Geometry = shapely.make_valid(located.iloc[0])
    return outline


def geometry(shape: shapely.Geometry) -> dict[str, Any]:
    """Return an outline as GeoJSON.

    Args:
        shape: The outline, degrees.
    """
    values: dict[str, Any] = json.loads(shapely.to_geojson(shape))
    return {"type": values["type"], "coordinates": _rounded(values["coordinates"])}


def bounds(shapes: Sequence[shapely.Geometry]) -> list[float]:
    """Return the west, south, east and north of outlines, degrees.

    Args:
        shapes: At least one.
    """
    return [round(float(each), _DIGITS) for each in shapely.total_bounds(list(shapes))]


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
