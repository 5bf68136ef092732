"""Bring inventories into a metric CRS.

Areas, distances and densities are meaningless in degrees, or in a CRS that distorts distances.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Literal

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from pyproj.crs.coordinate_operation import LambertAzimuthalEqualAreaConversion
from rasterio.crs import CRS

from slidelens.errors import InventoryError
from slidelens.geo.grid import crs_name, utm_crs
from slidelens.geo.vectors.polygons import require_polygons
from slidelens.layers.crs.named import is_metric
from slidelens.layers.crs.scale import (
    Places,
    misfit,
    places_of,
    scale_errors,
    warn_of_far,
)

log = logging.getLogger(__name__)

_MANY_POLYGONS = 1000


def reproject_together(
    frames: Sequence[gpd.GeoDataFrame], names: Sequence[str]
) -> list[gpd.GeoDataFrame]:
    """Bring inventories and areas into one metric CRS.

    The CRS is chosen as in `metric_crs` for the first that is not empty; it is true to scale at the
    polygons of all. The log names each one that is reprojected, and warns of polygons far from the
    others.

    Args:
        frames: At least one.
        names: Their names, for messages.

    Raises:
        InventoryError: One crosses the antimeridian, or its coordinates do not fit its CRS.
    """
    leading = next((i for i, frame in enumerate(frames) if len(frame)), 0)
    places = [
        places_of(frame, name) if len(frame) else None
        for frame, name in zip(frames, names, strict=True)
    ]
    for found, name in zip(places, names, strict=True):
        if found is not None:
            warn_of_far(found, name)
    known = [found for found in places if found is not None]
    ends = [_ends(frame, name) for frame, name in zip(frames, names, strict=True) if len(frame)]
    crs = _choose_crs(frames[leading], names[leading], known, ends)
    return [to_metric(frame, name, crs) for frame, name in zip(frames, names, strict=True)]


def to_area_crs(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Bring an inventory into a metric CRS in which areas are right, distances perhaps not.

    It keeps its own CRS if that is true in area within 0.5 % at all landslides and at the corners
    of their extent, as equal-area CRSs are; else it gets that of `metric_crs`.

    Args:
        frame: The inventory.
        name: Its name, for messages.

    Raises:
        InventoryError: It crosses the antimeridian, or its coordinates do not fit its CRS.
    """
    crs = CRS.from_user_input(frame.crs)
    if len(frame) and is_metric(crs):
        places = places_of(frame, name)
        if scale_errors(crs, places + _ends(frame, name)).keeps_areas:
            warn_of_far(places, name)
            return frame
    return reproject_together([frame], [name])[0]


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
    try:
        # A hundred times faster where most do not touch; the other keeps the order of vertices.
        method: Literal["disjoint_subset", "unary"] = (
            "disjoint_subset" if len(frame) > _MANY_POLYGONS else "unary"
        )
        area: shapely.Geometry = frame.union_all(method=method)
    except shapely.errors.GEOSException as error:
        reason = " ".join(str(error).split())
        raise InventoryError(
            f"the polygons of {name} cannot be united ({reason}); correct them in a GIS"
        ) from error
    return area


def metric_crs(frame: gpd.GeoDataFrame, name: str) -> CRS:
    """Choose the CRS in which to measure an inventory.

    It is the inventory's own CRS if that is in metres and true to scale, within 1 % in distance and
    0.5 % in area, at all landslides and at the corners of their extent; else the UTM zone of its
    centre if that is; else an equal-area CRS around them. An empty inventory keeps a metric CRS,
    and else gets UTM zone 31N.

    Args:
        frame: The inventory.
        name: Its name, for messages.

    Raises:
        InventoryError: It crosses the antimeridian, or its coordinates do not fit its CRS.
    """
    if frame.empty:
        return _choose_crs(frame, name, [], [])
    return _choose_crs(frame, name, [places_of(frame, name)], [_ends(frame, name)])


def _choose_crs(
    frame: gpd.GeoDataFrame, name: str, known: Sequence[Places], ends: Sequence[Places]
) -> CRS:
    """Choose the CRS for an inventory so that it is true to scale at all known places and ends."""
    crs = CRS.from_user_input(frame.crs)
    if not known:
        return crs if is_metric(crs) else utm_crs(0, 0)
    places = reduce(add, known)
    everywhere = reduce(add, ends, places)
    own = scale_errors(crs, everywhere) if is_metric(crs) else None
    if own is not None and own.keeps_areas and own.keeps_distances:
        return crs
    utm = utm_crs(*_centre(frame, name))
    if scale_errors(utm, everywhere).keeps_areas:
        if own is not None:
            log.warning(
                "%s: %s stretches distances there; areas and distances are computed in UTM",
                name,
                crs_name(crs),
            )
        return utm
    return _equal_area_crs(crs if own is not None and own.keeps_areas else None, name, places)


def _equal_area_crs(own: CRS | None, name: str, places: Places) -> CRS:
    """Return the inventory's own equal-area CRS, or one around the places if that is truer."""
    longitude, latitude = (round(degrees, 2) for degrees in places.centre)
    around = CRS.from_wkt(
        pyproj.crs.ProjectedCRS(
            conversion=LambertAzimuthalEqualAreaConversion(latitude, longitude),
            name=f"Lambert azimuthal equal area around {latitude:g}, {longitude:g}",
            geodetic_crs=pyproj.CRS("EPSG:4326"),
        ).to_wkt()
    )
    errors = {crs: scale_errors(crs, places).distance for crs in (around, own) if crs is not None}
    chosen = min(errors, key=lambda crs: float(errors[crs].max()))
    log.warning(
        "%s: no UTM zone is true to scale at all polygons; areas are computed in %s, "
        "where they are those on the ellipsoid, and distances are off by up to %.2g %%",
        name,
        crs_name(chosen),
        100 * errors[chosen].max(),
    )
    return chosen


def _ends(frame: gpd.GeoDataFrame, name: str) -> Places:
    """Return the middle of the extent, and its corners if it is wide."""
    extent = gpd.GeoDataFrame(geometry=[shapely.box(*frame.total_bounds)], crs=frame.crs)
    return places_of(extent, name)


def _centre(frame: gpd.GeoDataFrame, name: str) -> tuple[float, float]:
    """Return longitude and latitude of the centre of the extent."""
    centre = _ends(frame, name)
    return float(centre.longitude[0]), float(centre.latitude[0])


def to_metric(frame: gpd.GeoDataFrame, name: str, crs: CRS) -> gpd.GeoDataFrame:
    """Return the frame in a metric CRS; the log says if it is reprojected.

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
    places_of(frame, name)
    reprojected = frame.to_crs(crs.to_wkt())
    if not np.isfinite(reprojected.total_bounds).all():
        raise misfit(name, crs_name(source), *frame.total_bounds[2:])
    log.info("%s: reprojected from %s to %s", name, crs_name(source), crs_name(crs))
    return require_polygons(reprojected, name)
