"""Inventories in metres: areas, distances and densities mean nothing in degrees, or in a CRS that stretches them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from rasterio.crs import CRS

from slidelens.errors import InventoryError
from slidelens.geo.grid import crs_name, utm_crs
from slidelens.geo.vector import read_inventory, require_polygons

log = logging.getLogger(__name__)

_MOST_SCALE_ERROR = 0.01


def read_metric(path: Path) -> gpd.GeoDataFrame:
    """An inventory in metres, in the CRS that `metric_crs` chooses. Raises InventoryError as `read_together` does."""
    return read_together([path])[0]


def read_together(paths: Sequence[Path]) -> list[gpd.GeoDataFrame]:
    """Inventories and areas in one CRS, in metres: the one that `metric_crs` chooses for the first that is not empty.

    Each that is brought from another CRS is named in a warning.
    Raises InventoryError as `read_inventory` does, and where one crosses the antimeridian or its coordinates do not fit its CRS.
    """
    names = [Path(path).name for path in paths]
    frames = [read_inventory(path) for path in paths]
    leading = next((i for i, frame in enumerate(frames) if len(frame)), 0)
    crs = metric_crs(frames[leading], names[leading])
    return [to_metric(frame, name, crs) for frame, name in zip(frames, names, strict=True)]


def area_of(frame: gpd.GeoDataFrame, name: str) -> shapely.Geometry:
    """The ground of an area file. Raises InventoryError where it has no polygon."""
    if frame.empty:
        raise InventoryError(f"{name} has no polygon; draw the area, or leave it out")
    return frame.union_all()


def metric_crs(frame: gpd.GeoDataFrame, name: str) -> CRS:
    """The frame's own CRS where it is in metres and true to scale within 1 % there, else the UTM zone of its centre.

    An empty frame keeps a CRS in metres, and gets UTM zone 31N for any other.
    name: what to call the inventory in messages
    Raises InventoryError where it crosses the antimeridian, or its coordinates do not fit its CRS.
    """
    own = CRS.from_user_input(frame.crs)
    in_metres = own.is_projected and own.linear_units_factor[1] == 1.0
    if frame.empty:
        return own if in_metres else utm_crs(0, 0)
    longitude, latitude = _centre(frame, name)
    if in_metres and _scale_error(own, longitude, latitude) < _MOST_SCALE_ERROR:
        return own
    if in_metres:
        log.warning(
            "%s: %s stretches distances there; areas and distances are computed in UTM",
            name,
            crs_name(own),
        )
    return utm_crs((longitude + 180) % 360 - 180, latitude)


def _scale_error(crs: CRS, longitude: float, latitude: float) -> float:
    """How far a metre on the map is from a metre on the ground, to the north or to the east."""
    factors = pyproj.Proj(crs.to_wkt()).get_factors(longitude, latitude)
    return max(abs(factors.meridional_scale - 1), abs(factors.parallel_scale - 1))


def _centre(frame: gpd.GeoDataFrame, name: str) -> tuple[float, float]:
    """Longitude and latitude of the middle of the extent."""
    left, bottom, right, top = frame.total_bounds
    if frame.crs.is_geographic:
        _require_degrees(name, (left, bottom, right, top), crs_name(CRS.from_user_input(frame.crs)))
    middle = (
        gpd.GeoSeries([shapely.Point((left + right) / 2, (bottom + top) / 2)], crs=frame.crs)
        .to_crs(4326)
        .iloc[0]
    )
    if not np.isfinite([middle.x, middle.y]).all():
        raise _misfit(name, crs_name(CRS.from_user_input(frame.crs)), right, top)
    return middle.x, middle.y


def _require_degrees(name: str, bounds: tuple[float, float, float, float], crs: str) -> None:
    left, bottom, right, top = bounds
    if left < -180 or right > 360 or bottom < -90 or top > 90:
        raise _misfit(name, crs, right, top)
    if right - left > 180:
        raise InventoryError(
            f"{name} crosses the antimeridian (longitudes {left:g} to {right:g}); give it in a projected CRS, as UTM zone 1, or two files"
        )


def _misfit(name: str, crs: str, x: float, y: float) -> InventoryError:
    return InventoryError(
        f"{name} is in {crs}, but its coordinates reach {x:.7g}, {y:.7g}; set its true CRS, for instance with `ogr2ogr -a_srs EPSG:32645`"
    )


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
        raise _misfit(name, crs_name(own), *frame.total_bounds[2:])
    log.warning("%s: brought from %s into %s", name, crs_name(own), crs_name(crs))
    return require_polygons(moved, name)
