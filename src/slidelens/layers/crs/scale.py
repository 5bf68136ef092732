"""Measure how far a CRS is from true to scale, and where polygons are on Earth."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pyproj
from rasterio.crs import CRS

from slidelens.errors import InventoryError
from slidelens.geo.grid import crs_name
from slidelens.geo.vectors.crs import require_located
from slidelens.geo.vectors.file import list_rows
from slidelens.types import Float64, Int64

log = logging.getLogger(__name__)

MAX_AREA_ERROR = 0.005
MAX_DISTANCE_ERROR = 0.01
_WIDE_KM = 20.0  # of a polygon whose corners are looked at, too
_KM_PER_DEGREE = 111.2
_FAR_KM = 100.0
_FAR_TIMES_MEDIAN = 50.0
_NULL_ISLAND_DEG = 0.1
_STEP_RADIANS = 2e-6  # from a place, to differentiate the projection
_WGS84 = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True)
class Places:
    """Places on Earth that stand for polygons: their middles, and the corners of wide ones.

    Attributes:
        longitude: (k,) degrees, −180…180.
        latitude: (k,) degrees.
        row: (k,) the row of the polygon of each place.
    """

    longitude: Float64
    latitude: Float64
    row: Int64

    def __add__(self, other: Places) -> Places:
        """Return the places of both."""
        return Places(
            np.concatenate([self.longitude, other.longitude]),
            np.concatenate([self.latitude, other.latitude]),
            np.concatenate([self.row, other.row]),
        )

    @property
    def centre(self) -> tuple[float, float]:
        """The median longitude and latitude, which a few far places do not move."""
        middle = self.longitude[len(self.longitude) // 2]
        around = (self.longitude - middle + 180) % 360 - 180
        return (float(middle + np.median(around)) + 180) % 360 - 180, float(
            np.median(self.latitude)
        )

    def distances_km(self, longitude: float, latitude: float) -> Float64:
        """Return (k,) the great-circle distance of each place from one given in degrees, km."""
        a, b = np.radians(self.latitude), math.radians(latitude)
        across = np.radians(self.longitude - longitude)
        haversine = np.sin((a - b) / 2) ** 2 + np.cos(a) * math.cos(b) * np.sin(across / 2) ** 2
        distance: Float64 = 2 * 6371.0 * np.arcsin(np.sqrt(np.clip(haversine, 0, 1)))
        return distance


def places_of(frame: gpd.GeoDataFrame, name: str) -> Places:
    """Return where on Earth polygons are.

    Args:
        frame: Polygons, at least one.
        name: Their name, for messages.

    Raises:
        InventoryError: They have no CRS that tells, cross the antimeridian in degrees, or have
            coordinates that do not fit their CRS.
    """
    crs = require_located(frame.crs, name)
    bounds = frame.bounds.to_numpy()
    if crs.is_geographic:
        _require_degrees(name, bounds, _name_of(crs))
    left, bottom, right, top = bounds.T
    rows = np.arange(len(frame))
    wide = np.hypot(right - left, top - bottom) * _km_per_unit(crs) > _WIDE_KM
    corners = [bounds[wide][:, pair] for pair in ((0, 1), (2, 1), (2, 3), (0, 3))]
    middles = np.column_stack([(left + right) / 2, (bottom + top) / 2])
    points = np.concatenate([middles, *corners])
    row = np.concatenate([rows, *[rows[wide]] * 4])
    longitude, latitude = _to_degrees(crs, points)
    found = np.isfinite(longitude) & np.isfinite(latitude)
    if not found[: len(frame)].all():
        worst = int(np.flatnonzero(~found)[0])
        raise misfit(name, _name_of(crs), *bounds[worst][2:])
    return Places((longitude[found] + 180) % 360 - 180, latitude[found], row[found])


def _to_degrees(crs: pyproj.CRS, points: Float64) -> tuple[Float64, Float64]:
    transformer = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    longitude, latitude = transformer.transform(points[:, 0], points[:, 1])
    return np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64)


def _km_per_unit(crs: pyproj.CRS) -> float:
    if crs.is_geographic:
        return _KM_PER_DEGREE
    return float(crs.axis_info[0].unit_conversion_factor or 1.0) / 1000


def _name_of(crs: pyproj.CRS) -> str:
    return crs_name(CRS.from_user_input(crs))


def _require_degrees(name: str, bounds: Float64, crs: str) -> None:
    (left, bottom), (right, top) = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    if left < -180 or right > 360 or bottom < -90 or top > 90:
        raise misfit(name, crs, right, top)
    if left < 0 and right - left > 180:
        if np.diff(np.sort(bounds[:, [0, 2]], axis=None)).max() > 180:
            raise InventoryError(
                f"{name} crosses the antimeridian (longitudes {left:g} to {right:g});"
                " give it in a projected CRS, for example UTM zone 1, or as two files"
            )
        raise InventoryError(
            f"{name} reaches around more than half of the Earth (longitudes {left:g} to {right:g});"
            " give one region at a time"
        )


def misfit(name: str, crs: str, x: float, y: float) -> InventoryError:
    """Return the error for coordinates that are no place in their CRS."""
    return InventoryError(
        f"{name} is in {crs}, but its coordinates reach {x:.7g}, {y:.7g};"
        " set its true CRS, for instance with `ogr2ogr -a_srs EPSG:32645`"
    )


@dataclass(frozen=True)
class ScaleErrors:
    """How far a CRS is from true to scale at places.

    Attributes:
        area: (k,) |scale − 1| of areas; infinite where the CRS has no such place.
        distance: (k,) the larger |scale − 1| of any direction.
    """

    area: Float64
    distance: Float64

    @property
    def keeps_areas(self) -> bool:
        """Whether areas are true within 0.5 % at all places."""
        return bool(self.area.max(initial=0.0) <= MAX_AREA_ERROR)

    @property
    def keeps_distances(self) -> bool:
        """Whether distances are true within 1 % at all places."""
        return bool(self.distance.max(initial=0.0) < MAX_DISTANCE_ERROR)


def scale_errors(crs: CRS, places: Places) -> ScaleErrors:
    """Return how far a projected CRS is from true to scale at places.

    Scale is relative to the ellipsoid of WGS 84. The factors of PROJ are relative to a sphere for
    Web Mercator and other spherical projections, and leave out a prime meridian that is not
    Greenwich.
    """
    east, north = _metres_per_metre(crs, places)
    area = abs(east[0] * north[1] - east[1] * north[0])
    total = np.hypot(east[0] + north[1], east[1] - north[0])
    difference = np.hypot(east[0] - north[1], east[1] + north[0])
    largest, smallest = (total + difference) / 2, abs(total - difference) / 2
    errors = abs(area - 1), np.maximum(abs(largest - 1), abs(smallest - 1))
    return ScaleErrors(*(np.nan_to_num(each, nan=np.inf) for each in errors))


def _metres_per_metre(crs: CRS, places: Places) -> tuple[Float64, Float64]:
    """Return by how many metres of x and y a CRS moves per metre to the east, and to the north.

    Returns:
        Two (2, n) arrays; NaN where the CRS is not defined.
    """
    projected = pyproj.CRS.from_wkt(crs.to_wkt())
    # Steps between places of its own datum: other datums may be reached in several ways, which
    # differ by metres.
    own = projected.geodetic_crs or pyproj.CRS("EPSG:4326")
    to_own = pyproj.Transformer.from_crs("EPSG:4326", own, always_xy=True)
    longitude, latitude = to_own.transform(places.longitude, places.latitude)
    radians = own.axis_info[0].unit_conversion_factor  # for each of its degrees or grads
    sine_2 = np.sin(latitude * radians) ** 2
    flattening = 1 - _WGS84.es * sine_2
    parallel_m = _WGS84.a * np.sqrt(np.maximum(1 - sine_2, 1e-12) / flattening)  # not 0 at a pole
    meridian_m = _WGS84.a * (1 - _WGS84.es) / flattening**1.5
    unit_m = projected.axis_info[0].unit_conversion_factor
    to_projected = pyproj.Transformer.from_crs(own, projected, always_xy=True)
    step = _STEP_RADIANS / radians

    def rate(east: float, north: float, radius_m: Float64) -> Float64:
        before, after = (
            np.array(to_projected.transform(longitude + sign * east, latitude + sign * north))
            for sign in (-1, 1)
        )
        with np.errstate(invalid="ignore"):
            moved = np.where(np.isfinite(before) & np.isfinite(after), after - before, np.nan)
            return moved / (2 * _STEP_RADIANS * radius_m / unit_m)

    return rate(step, 0, parallel_m), rate(0, step, meridian_m)


def warn_of_far(places: Places, name: str) -> None:
    """Warn of polygons at longitude and latitude 0, or far from all others, with their rows."""
    at_zero = np.hypot(places.longitude, places.latitude) < _NULL_ISLAND_DEG
    distance_km = places.distances_km(*places.centre)
    far = distance_km > max(_FAR_KM, _FAR_TIMES_MEDIAN * float(np.median(distance_km)))
    odd = far | (at_zero & (distance_km > _FAR_KM))
    if at_zero.any() and not at_zero.all():
        odd |= at_zero
    if odd.any() and not odd.all():
        rows = np.unique(places.row[odd])
        first = int(np.flatnonzero(odd)[0])
        log.warning(
            "%s: %s far from all others, %.0f km from their middle, at longitude %.4g and latitude "
            "%.4g; delete %s if coordinates are wrong",
            name,
            f"{list_rows(rows)} {'is' if len(rows) == 1 else 'are'}",
            distance_km[first],
            places.longitude[first],
            places.latitude[first],
            "it" if len(rows) == 1 else "them",
        )
