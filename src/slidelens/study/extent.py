"""Areas, metric CRS and grid of a study."""

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

MARGIN_PIXELS = 32  # ground around the investigation area that predictions at its edge may look at


def read_area(root: Path, name: str | None, headers: Sequence[Header]) -> gpd.GeoSeries:
    """The polygon of an area file, or else where all scenes overlap; in its own CRS."""
    if name is not None:
        frame = read_inventory(root / name)
        if frame.empty:
            raise InventoryError(
                f"{root / name} has no polygon; draw the area, or take the file away to use where all scenes overlap"
            )
        return _placed(gpd.GeoSeries([frame.union_all()], crs=frame.crs), str(root / name))
    crs = headers[0].grid.crs
    overlap = shapely.intersection_all([shapely.box(*header.bounds_in(crs)) for header in headers])
    names = ", ".join(header.path.name for header in headers)
    if overlap.area == 0:
        raise SceneError(
            f"the scenes {names} do not overlap; check their CRSs, or give an aoi.gpkg"
        )
    return _placed(gpd.GeoSeries([overlap], crs=crs), names)


def _placed(area: gpd.GeoSeries, name: str) -> gpd.GeoSeries:
    """The area, if its coordinates are somewhere on Earth."""
    west, south, east, north = area.to_crs(4326).total_bounds
    if not (-360 <= west <= east <= 360 and -90 <= south <= north <= 90):
        x, y = area.total_bounds[:2]
        raise GridError(
            f"{name} is in {crs_name(CRS.from_user_input(area.crs))}, but begins at {x:.7g}, {y:.7g}, which is no place in it; set its true CRS"
        )
    return area


def choose_metric_crs(configured: str | None, area: gpd.GeoSeries) -> CRS:
    """Return the configured CRS, or the UTM zone of the area. Raises GridError unless it is metric."""
    if configured is None:
        centre = area.to_crs(4326).union_all().centroid
        return utm_crs(centre.x, centre.y)
    try:
        crs = CRS.from_user_input(configured)
    except CRSError as error:
        raise GridError(
            f"study.crs is {configured}, which is no CRS; give for instance EPSG:32645"
        ) from error
    require_metric_crs(crs)
    return crs


def area_in_crs(area: gpd.GeoSeries, crs: CRS) -> BaseGeometry:
    """Return an area in another CRS, its edges densified first."""
    return area.segmentize(_segment(area)).to_crs(crs).union_all()


def _segment(area: gpd.GeoSeries) -> float:
    left, bottom, right, top = area.total_bounds
    return max(right - left, top - bottom) / 100


def area_grid(
    bounds: Bounds, header: Header, crs: CRS, pixel_m: float, margin_m: float = 0.0
) -> Grid:
    """The grid over an area, laid on the scene's own pixels where they have its CRS and size: their values are then taken as they are."""
    own = header.grid.transform
    same = header.grid.crs == crs and math.isclose(own.a, pixel_m) and math.isclose(-own.e, pixel_m)
    left, bottom, right, top = bounds
    around = (left - margin_m, bottom - margin_m, right + margin_m, top + margin_m)
    return covering_grid(around, crs, pixel_m, (own.c, own.f) if same else (0.0, 0.0))
