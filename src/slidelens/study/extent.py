"""Choose the area, the metric CRS and the grid of a study."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import shapely
from rasterio.crs import CRS
from shapely.geometry.base import BaseGeometry

from slidelens.errors import GridError, InventoryError, SceneError
from slidelens.geo.grid import (
    Bounds,
    Grid,
    covering_grid,
    crs_name,
    utm_crs,
)
from slidelens.geo.rasters.header import Header
from slidelens.geo.vectors.file import split_layer
from slidelens.geo.vectors.inventory import read_area as read_area_file
from slidelens.layers.crs.metric import area_of
from slidelens.layers.crs.named import parse_metric_crs, warn_of_stretched_areas
from slidelens.layers.inventory_files import find_inventory

# Pixels around the investigation area, so that predictions at its edge see their surroundings.
MARGIN_PIXELS = 32


def find_area(root: Path) -> str | None:
    """Return the name of the area file `aoi` of a study, in any format; None without one.

    Raises:
        InventoryError: There are several, or one that cannot be used.
    """
    if (root / "aoi.gpkg").exists():
        return "aoi.gpkg"
    path = find_inventory(root, "aoi")
    return path.name if path else None


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
        path = split_layer(root / name)[0]
        frame = read_area_file(root / name)
        if frame.empty:
            raise InventoryError(
                f"{path} has no polygon; draw the area, "
                "or delete the file to use the overlap of all scenes"
            )
        area = gpd.GeoSeries([area_of(frame, str(path))], crs=frame.crs)
        return _require_on_earth(area, str(path))
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
    frame = gpd.GeoDataFrame(geometry=area)
    if configured is None:
        centre = area.to_crs(4326).union_all().centroid
        crs = utm_crs(centre.x, centre.y)
        warn_of_stretched_areas(crs, frame, "the UTM zone of the area", "set study.crs")
        return crs
    crs = parse_metric_crs(configured, "study.crs")
    warn_of_stretched_areas(crs, frame, "study.crs", "leave it out")
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
        and math.isclose(transform.a, pixel_m, rel_tol=1e-6)
        and math.isclose(-transform.e, pixel_m, rel_tol=1e-6)
    )
    left, bottom, right, top = bounds
    outer = (left - margin_m, bottom - margin_m, right + margin_m, top + margin_m)
    if aligned:
        return covering_grid(outer, crs, transform.a, (transform.c, transform.f))
    return covering_grid(outer, crs, pixel_m)
