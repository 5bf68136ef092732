"""Read the CRS that a user names, and tell if areas in it are wrong."""

from __future__ import annotations

import logging

import geopandas as gpd
import rasterio
from rasterio.crs import CRS
from rasterio.errors import CRSError

from slidelens.errors import GridError
from slidelens.geo.grid import crs_name, utm_crs
from slidelens.layers.crs.scale import MAX_AREA_ERROR, Places, places_of, scale_errors

log = logging.getLogger(__name__)


def is_metric(crs: CRS) -> bool:
    """Return whether a CRS is projected and in metres."""
    return bool(crs.is_projected) and crs.linear_units_factor[1] == 1.0


def parse_metric_crs(text: str, option: str) -> CRS:
    """Return the CRS that a user names.

    Args:
        text: For example "EPSG:32645".
        option: Where it is named, for messages: "--crs", "study.crs".

    Raises:
        GridError: It is no CRS, or not projected and in metres.
    """
    try:
        with rasterio.Env():  # which keeps GDAL from printing
            crs = CRS.from_user_input(text)
        known = is_metric(crs)
    except (CRSError, ValueError, TypeError) as error:
        raise GridError(
            f"{option} is {text}, which is no CRS; give, for example, EPSG:32645"
        ) from error
    if not known:
        raise GridError(
            f"{option}: {crs_name(crs)} is not in metres;"
            " give a projected CRS, for example EPSG:32645"
        )
    return crs


def warn_of_stretched_areas(crs: CRS, frame: gpd.GeoDataFrame, option: str, remedy: str) -> None:
    """Warn if areas in a CRS are off by more than 0.5 %.

    Args:
        crs: A metric CRS.
        frame: Polygons in any CRS.
        option: Where the CRS is named, or what it is.
        remedy: What to do, other than to give the UTM zone or an equal-area CRS.
    """
    if frame.empty:
        return
    places = places_of(frame, "the area")
    errors = scale_errors(crs, places).area
    if errors.max() > MAX_AREA_ERROR:
        log.warning(
            "%s is %s, in which areas here are off by up to %.2g %%; %s, or give %s",
            option,
            crs_name(crs),
            100 * errors.max(),
            remedy,
            _suited(places),
        )


def _suited(places: Places) -> str:
    utm = utm_crs(*places.centre)
    return crs_name(utm) if scale_errors(utm, places).keeps_areas else "an equal-area CRS"
