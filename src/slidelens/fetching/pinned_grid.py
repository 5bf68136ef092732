"""The grid that all fetched scenes of a study lie on, kept in a file of the study."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from affine import Affine
from rasterio.crs import CRS

from slidelens.errors import GridError
from slidelens.files import read_json
from slidelens.geo.grid import Grid, covering_grid, crs_name, utm_crs
from slidelens.layers.crs.named import parse_metric_crs, warn_of_stretched_areas
from slidelens.resources import require_readable_file
from slidelens.study.extent import MARGIN_PIXELS, area_in_crs

GRID_FILE = "grid.json"
PIXEL_M = 10.0
_SMALLEST_M, _LARGEST_M = 0.1, 1000.0


def choose_grid(area: gpd.GeoSeries, crs: str | None, pixel_m: float | None) -> Grid:
    """Return a grid over an area, with a margin of 32 pixels; corners at multiples of the pixel.

    Args:
        area: One polygon, in any CRS.
        crs: A CRS in metres; None for the UTM zone of the area's centre.
        pixel_m: Side of a pixel, metres; None for 10.

    Raises:
        GridError: The CRS is unknown or not in metres, or pixels do not fit the area.
    """
    side_m = PIXEL_M if pixel_m is None else pixel_m
    if not (np.isfinite(side_m) and side_m > 0):
        raise GridError(f"the pixel size {side_m:g} (--pixel-m) is no length; give metres, like 10")
    if not _SMALLEST_M <= side_m <= _LARGEST_M:
        raise GridError(
            f"the pixel size {side_m:g} (--pixel-m) is out of range; give {_SMALLEST_M:g} to"
            f" {_LARGEST_M:g} m"
        )
    centre = area.to_crs(4326).union_all().centroid
    chosen = utm_crs(centre.x, centre.y) if crs is None else parse_metric_crs(crs, "crs (--crs)")
    frame = gpd.GeoDataFrame(geometry=area)
    warn_of_stretched_areas(chosen, frame, "the grid's CRS", "take a smaller area")
    left, bottom, right, top = area_in_crs(area, chosen).bounds
    margin_m = MARGIN_PIXELS * side_m
    outer = (left - margin_m, bottom - margin_m, right + margin_m, top + margin_m)
    return covering_grid(outer, chosen, side_m)


def pinned_grid(folder: Path, area: gpd.GeoSeries, crs: str | None, pixel_m: float | None) -> Grid:
    """Return the grid of a study, or that of its first fetch; the file is not written here.

    Args:
        folder: Folder of the study.
        area: One polygon, in any CRS.
        crs: The CRS that is asked for, or None.
        pixel_m: The pixel size that is asked for, metres, or None.

    Raises:
        GridError: The study has another grid than is asked for, or the area reaches beyond it.
    """
    path = folder / GRID_FILE
    if not os.path.lexists(path):
        return choose_grid(area, crs, pixel_m)
    require_readable_file(path, "grid", GridError)
    grid = _from_dict(read_json(path), path)
    remedy = "the grid of a study stays; leave the option out, or name another folder (-o)"
    if crs is not None and parse_metric_crs(crs, "crs (--crs)") != grid.crs:
        raise GridError(f"{path} is in {crs_name(grid.crs)}, not {crs} (--crs); {remedy}")
    if pixel_m is not None and pixel_m != grid.pixel_m:
        raise GridError(
            f"{path} has pixels of {grid.pixel_m:g} m, not {pixel_m:g} m (--pixel-m); {remedy}"
        )
    left, bottom, right, top = grid.bounds
    inner = area_in_crs(area, grid.crs).bounds
    if inner[0] < left or inner[1] < bottom or inner[2] > right or inner[3] > top:
        raise GridError(
            f"the area (--aoi) reaches beyond the grid of {path}, which all scenes of the study"
            " share; name another folder (-o) for another area"
        )
    return grid


def grid_to_dict(grid: Grid) -> dict[str, Any]:
    """Return a grid as JSON values: CRS, upper left corner, pixel size and size."""
    code = grid.crs.to_epsg()
    return {
        "crs": f"EPSG:{code}" if code else grid.crs.to_wkt(),
        "left": grid.transform.c,
        "top": grid.transform.f,
        "pixel_m": grid.transform.a,
        "height": grid.height,
        "width": grid.width,
    }


def _from_dict(values: Any, path: Path) -> Grid:
    """Return the grid that `grid_to_dict` has written."""
    try:
        left, top, side_m = (float(values[name]) for name in ("left", "top", "pixel_m"))
        height, width = int(values["height"]), int(values["width"])
        if not np.isfinite([left, top, side_m]).all() or min(side_m, height, width) <= 0:
            raise ValueError("a number is none")
        grid = Grid(
            CRS.from_user_input(values["crs"]),
            Affine(side_m, 0, left, 0, -side_m, top),
            height,
            width,
        )
        grid.require_metric()
    except (KeyError, TypeError, ValueError, OverflowError, GridError) as error:
        raise GridError(
            f"{path} is no grid that slidelens wrote; restore it, or name another folder (-o)"
        ) from error
    return grid
