"""Choose the area, the metric CRS and the grid of a study."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import shapely
from rasterio.crs import CRS
from rasterio.errors import CRSError
from shapely.geometry.base import BaseGeometry

from slidelens.errors import GridError, InventoryError, SceneError
from slidelens.geo.grid import (
    Bounds,
    Grid,
    covering_grid,
    crs_name,
    require_metric_crs,
    utm_crs,
)
from slidelens.geo.raster import Header
from slidelens.geo.vector import read_inventory

# Pixels around the investigation area, so that predictions at its edge see their surroundings.
MARGIN_PIXELS = 32


def read_area(root: Path, name: str | None, headers: Sequence[Header]) -> gpd.GeoSeries:
    """Return the polygon of an area file, or the overlap of all scenes, in its own CRS.

    Args:
        root: folder of the study.
        name: area file below `root`; None for the overlap of the scenes.
        headers: of the scenes, at least one.

    Raises:
        InventoryError: The file cannot be read or has no polygon.
        SceneError: The scenes do not overlap.
        GridError: The coordinates are outside the CRS.
    """
    if name is not None:
        frame = read_inventory(root / name)
        if frame.empty:
            raise InventoryError(
                f"{root / name} has no polygon; draw the area, "
                "or delete the file to use the overlap of all scenes"
            )
        area = gpd.GeoSeries([frame.union_all()], crs=frame.crs)
        return _require_on_earth(area, str(root / name))
    crs = headers[0].grid.crs
    overlap = shapely.intersection_all([shapely.box(*header.bounds_in(crs)) for header in headers])
    names = ", ".join(header.path.name for header in headers)
    if overlap.area == 0:
        raise SceneError(
            f"the scenes {names} do not overlap; check their CRSs, or give an aoi.gpkg"
        )
    return _require_on_earth(gpd.GeoSeries([overlap], crs=crs), names)


def _require_on_earth(area: gpd.GeoSeries, name: str) -> gpd.GeoSeries:
    """Return the area if its coordinates are on Earth."""
    west, south, east, north = area.to_crs(4326).total_bounds
    if not (-360 <= west <= east <= 360 and -90 <= south <= north <= 90):
        x, y = area.total_bounds[:2]
        raise GridError(
            f"{name} is in {crs_name(CRS.from_user_input(area.crs))}, but begins at "
            f"{x:.7g}, {y:.7g}, which is no place in it; set its true CRS"
        )
    return area


def choose_metric_crs(configured: str | None, area: gpd.GeoSeries) -> CRS:
    """Return the configured CRS, or the UTM zone of the area.

    Raises:
        GridError: The configured CRS is unknown or not metric.
    """
    if configured is None:
        centre = area.to_crs(4326).union_all().centroid
        return utm_crs(centre.x, centre.y)
    try:
        crs = CRS.from_user_input(configured)
    except CRSError as error:
        raise GridError(
            f"study.crs is {configured}, which is not a known CRS; give, for example, EPSG:32645"
        ) from error
    require_metric_crs(crs)
    return crs


def area_in_crs(area: gpd.GeoSeries, crs: CRS) -> BaseGeometry:
    """Return an area in another CRS, with its edges densified first."""
    left, bottom, right, top = area.total_bounds
    segment = max(right - left, top - bottom) / 100
    union: BaseGeometry = area.segmentize(segment).to_crs(crs).union_all()
    return union


def area_grid(
    bounds: Bounds, header: Header, crs: CRS, pixel_m: float, margin_m: float = 0.0
) -> Grid:
    """Return the grid that covers an area.

    It is aligned with the scene's pixels if CRS and pixel size agree, so that values are copied
    without resampling.

    Args:
        bounds: of the area, in `crs`.
        header: of the scene.
        crs: of the grid.
        pixel_m: side of a pixel, metres.
        margin_m: width of the margin around the area, metres.
    """
    transform = header.grid.transform
    aligned = (
        header.grid.crs == crs
        and math.isclose(transform.a, pixel_m)
        and math.isclose(-transform.e, pixel_m)
    )
    left, bottom, right, top = bounds
    outer = (left - margin_m, bottom - margin_m, right + margin_m, top + margin_m)
    origin = (transform.c, transform.f) if aligned else (0.0, 0.0)
    return covering_grid(outer, crs, pixel_m, origin)
