"""Bring inventories into a metric CRS.

Areas, distances and densities are meaningless in degrees, or in a CRS that distorts distances.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from rasterio.crs import CRS

from slidelens.errors import InventoryError
from slidelens.geo.grid import Bounds, crs_name, utm_crs
from slidelens.geo.vector import require_polygons

log = logging.getLogger(__name__)

_MAX_SCALE_ERROR = 0.01


def reproject_together(
    frames: Sequence[gpd.GeoDataFrame], names: Sequence[str]
) -> list[gpd.GeoDataFrame]:
    """Bring inventories and areas into one metric CRS.

    The CRS is the one that `metric_crs` chooses for the first that is not empty. A warning names
    each one that is reprojected.

    Args:
        frames: At least one.
        names: Their names, for messages.

    Raises:
        InventoryError: One crosses the antimeridian, or its coordinates do not fit its CRS.
    """
    leading = next((i for i, frame in enumerate(frames) if len(frame)), 0)
    crs = metric_crs(frames[leading], names[leading])
    return [to_metric(frame, name, crs) for frame, name in zip(frames, names, strict=True)]


def area_of(frame: gpd.GeoDataFrame, name: str) -> shapely.Geometry:
    """Return the union of the polygons of an area file.

    Args:
        frame: The polygons.
        name: Name of the file, for the message.

    Raises:
        InventoryError: There is no polygon.
    """
    if frame.empty:
        raise InventoryError(f"{name} has no polygon; draw the area, or leave it out")
    area: shapely.Geometry = frame.union_all()
    return area


def metric_crs(frame: gpd.GeoDataFrame, name: str) -> CRS:
    """Choose the CRS in which to measure an inventory.

    It is the inventory's own CRS if that is in metres and true to scale within 1 % there, else
    the UTM zone of its centre. An empty inventory keeps a metric CRS, and else gets UTM zone 31N.

    Args:
        frame: The inventory.
        name: Its name, for messages.

    Raises:
        InventoryError: It crosses the antimeridian, or its coordinates do not fit its CRS.
    """
    crs = CRS.from_user_input(frame.crs)
    in_metres = crs.is_projected and crs.linear_units_factor[1] == 1.0
    if frame.empty:
        return crs if in_metres else utm_crs(0, 0)
    longitude, latitude = _centre(frame, name)
    if in_metres and _scale_error(crs, longitude, latitude) < _MAX_SCALE_ERROR:
        return crs
    if in_metres:
        log.warning(
            "%s: %s stretches distances there; areas and distances are computed in UTM",
            name,
            crs_name(crs),
        )
    return utm_crs((longitude + 180) % 360 - 180, latitude)


def _scale_error(crs: CRS, longitude: float, latitude: float) -> float:
    """Return the larger |scale − 1| of the directions north and east."""
    factors = pyproj.Proj(crs.to_wkt()).get_factors(longitude, latitude)
    return max(abs(factors.meridional_scale - 1), abs(factors.parallel_scale - 1))


def _centre(frame: gpd.GeoDataFrame, name: str) -> tuple[float, float]:
    """Return longitude and latitude of the centre of the extent."""
    left, bottom, right, top = frame.total_bounds
    if frame.crs.is_geographic:
        _require_degrees(name, (left, bottom, right, top), crs_name(CRS.from_user_input(frame.crs)))
    centre = (
        gpd.GeoSeries([shapely.Point((left + right) / 2, (bottom + top) / 2)], crs=frame.crs)
        .to_crs(4326)
        .iloc[0]
    )
    if not np.isfinite([centre.x, centre.y]).all():
        raise _misfit(name, crs_name(CRS.from_user_input(frame.crs)), right, top)
    return centre.x, centre.y


def _require_degrees(name: str, bounds: Bounds, crs: str) -> None:
    left, bottom, right, top = bounds
    if left < -180 or right > 360 or bottom < -90 or top > 90:
        raise _misfit(name, crs, right, top)
    if right - left > 180:
        raise InventoryError(
            f"{name} crosses the antimeridian (longitudes {left:g} to {right:g});"
            " give it in a projected CRS, for example UTM zone 1, or as two files"
        )


def _misfit(name: str, crs: str, x: float, y: float) -> InventoryError:
    return InventoryError(
        f"{name} is in {crs}, but its coordinates reach {x:.7g}, {y:.7g};"
        " set its true CRS, for instance with `ogr2ogr -a_srs EPSG:32645`"
    )


def to_metric(frame: gpd.GeoDataFrame, name: str, crs: CRS) -> gpd.GeoDataFrame:
    """Return the frame in a metric CRS, with a warning if it is reprojected.

    Args:
        frame: An inventory.
        name: Its name, for messages.
        crs: The metric CRS.

    Raises:
        InventoryError: It crosses the antimeridian, or its coordinates cannot be transformed.
    """
    source = CRS.from_user_input(frame.crs)
    if source == crs:
        return frame
    if frame.empty:
        return frame.to_crs(crs.to_wkt())
    _centre(frame, name)
    reprojected = frame.to_crs(crs.to_wkt())
    if not np.isfinite(reprojected.total_bounds).all():
        raise _misfit(name, crs_name(source), *frame.total_bounds[2:])
    log.warning("%s: reprojected from %s to %s", name, crs_name(source), crs_name(crs))
    return require_polygons(reprojected, name)
