"""Inventories in metres: areas, distances and densities mean nothing in degrees, or in a CRS that stretches them."""

from __future__ import annotations

import logging
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from rasterio.crs import CRS

from slidelens.errors import InventoryError
from slidelens.geo.grid import name_of, utm_crs
from slidelens.geo.inventory import polygons, read_inventory

log = logging.getLogger(__name__)

_MOST_AREA_ERROR = 0.01


def read_metric(path: Path, crs: CRS | None = None) -> gpd.GeoDataFrame:
    """An inventory in metres: in `crs`, or by default in the CRS that `metric_crs` chooses.

    Raises InventoryError as `read_inventory` and `to_metric` do.
    """
    frame = read_inventory(path)
    return to_metric(frame, Path(path).name, metric_crs(frame, Path(path).name) if crs is None else crs)


def read_area(path: Path, crs: CRS | None = None) -> gpd.GeoSeries:
    """The polygon of an area file, in metres, as a series of one.

    crs: metric CRS; by default the one that `metric_crs` chooses
    Raises InventoryError where the file has no polygon, or cannot be read.
    """
    frame = read_metric(path, crs)
    if frame.empty:
        raise InventoryError(f"{path} has no polygon; draw the area, or leave it out")
    return gpd.GeoSeries([frame.union_all()], crs=frame.crs)


def metric_crs(frame: gpd.GeoDataFrame, name: str) -> CRS:
    """The frame's own CRS where it is in metres and true to area within 1 % there, else the UTM zone of its centre.

    An empty frame keeps a CRS in metres, and gets UTM zone 31N for any other.
    name: what to call the inventory in messages
    Raises InventoryError where it crosses the antimeridian, or its coordinates do not fit its CRS.
    """
    own = CRS.from_user_input(frame.crs)
    in_metres = own.is_projected and own.linear_units_factor[1] == 1.0
    if frame.empty:
        return own if in_metres else utm_crs(0, 0)
    longitude, latitude = _centre(frame, name)
    if in_metres and abs(_area_scale(own, longitude, latitude) - 1) < _MOST_AREA_ERROR:
        return own
    if in_metres:
        log.warning("%s: %s does not keep areas there; areas and distances are computed in UTM", name, name_of(own))
    return utm_crs((longitude + 180) % 360 - 180, latitude)


def _area_scale(crs: CRS, longitude: float, latitude: float) -> float:
    """Map area over true area at a place."""
    return float(pyproj.Proj(crs.to_wkt()).get_factors(longitude, latitude).areal_scale)


def _centre(frame: gpd.GeoDataFrame, name: str) -> tuple[float, float]:
    """Longitude and latitude of the middle of the extent."""
    left, bottom, right, top = frame.total_bounds
    if frame.crs.is_geographic:
        _require_degrees(name, (left, bottom, right, top), name_of(CRS.from_user_input(frame.crs)))
    middle = gpd.GeoSeries([shapely.Point((left + right) / 2, (bottom + top) / 2)], crs=frame.crs).to_crs(4326).iloc[0]
    if not np.isfinite([middle.x, middle.y]).all():
        raise _misfit(name, name_of(CRS.from_user_input(frame.crs)), right, top)
    return middle.x, middle.y


def _require_degrees(name: str, bounds: tuple[float, float, float, float], crs: str) -> None:
    left, bottom, right, top = bounds
    if left < -180 or right > 360 or bottom < -90 or top > 90:
        raise _misfit(name, crs, right, top)
    if right - left > 180:
        raise InventoryError(
            f"{name} crosses the antimeridian (longitudes {left:g} to {right:g}); give it in a projected CRS, such as UTM zone 60 or 1, or in two files"
        )


def _misfit(name: str, crs: str, x: float, y: float) -> InventoryError:
    return InventoryError(f"{name} is in {crs}, but its coordinates reach {x:.7g}, {y:.7g}; set its true CRS, for instance with `ogr2ogr -a_srs EPSG:32645`")


def to_metric(frame: gpd.GeoDataFrame, name: str, crs: CRS) -> gpd.GeoDataFrame:
    """The frame in a metric CRS, with a warning where it was in another.

    Raises InventoryError where it crosses the antimeridian, or its coordinates have no place in `crs`.
    """
    own = CRS.from_user_input(frame.crs)
    if own == crs:
        return frame
    if frame.empty:
        return frame.to_crs(crs.to_wkt())
    _centre(frame, name)
    moved = frame.to_crs(crs.to_wkt())
    if not np.isfinite(moved.total_bounds).all():
        raise _misfit(name, name_of(own), *frame.total_bounds[2:])
    log.warning("%s: brought from %s into %s", name, name_of(own), name_of(crs))
    return polygons(moved, name)
