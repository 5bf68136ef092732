"""Describe a raster grid (CRS, affine transform and size) as one immutable value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from affine import Affine
from rasterio.crs import CRS
from rasterio.windows import Window

from slidelens.errors import GridError
from slidelens.types import Float64

Bounds = tuple[float, float, float, float]
Coordinate = TypeVar("Coordinate", float, Float64)

_MOST_PIXELS = 2**31  # of a side, in GDAL
_EXACT = 2**52  # whole numbers below are exact


@dataclass(frozen=True)
class Grid:
    """A raster grid.

    Attributes:
        crs: Any CRS; `require_metric` refuses those that are not in metres.
        transform: Maps (column, row) to the (x, y) of the pixel's upper left corner.
        height: Rows, > 0.
        width: Columns, > 0.
    """

    crs: CRS
    transform: Affine
    height: int
    width: int

    def __post_init__(self) -> None:
        if self.height < 1 or self.width < 1:
            raise GridError(
                f"a grid needs at least one pixel, this one has {self.height} rows"
                f" × {self.width} columns"
            )

    @property
    def bounds(self) -> Bounds:
        """Return (left, bottom, right, top) in the CRS's units."""
        x, y = zip(
            *(
                self.transform @ corner
                for corner in ((0, 0), (self.width, 0), (0, self.height), (self.width, self.height))
            ),
            strict=True,
        )
        return min(x), min(y), max(x), max(y)

    @property
    def shape(self) -> tuple[int, int]:
        """Return (height, width), the order of NumPy arrays."""
        return self.height, self.width

    @property
    def pixel_size(self) -> tuple[float, float]:
        """Return width and height of a pixel in the CRS's units, also of a rotated grid."""
        across, down = self.transform.a, self.transform.e
        if self.transform.b == self.transform.d == 0:
            return abs(float(across)), abs(float(down))
        return math.hypot(across, self.transform.d), math.hypot(self.transform.b, down)

    @property
    def pixel_m(self) -> float:
        """Return the side of a pixel in metres.

        Raises:
            GridError: Pixels are not squares in metres.
        """
        self.require_metric()
        return float(self.transform.a)

    @property
    def pixel_area_m2(self) -> float:
        """Return the area of a pixel in m²."""
        return self.pixel_m**2

    @property
    def is_square(self) -> bool:
        """Whether the grid is north-up, with pixels that are squares in the CRS's units."""
        a, b, d, e = self.transform.a, self.transform.b, self.transform.d, self.transform.e
        return b == d == 0 and a > 0 and math.isclose(a, -e, rel_tol=1e-6)

    def require_metric(self) -> None:
        """Raise GridError unless the CRS is projected, in metres, and the pixels are square."""
        require_metric_crs(self.crs)
        if self.transform.b or self.transform.d:
            raise GridError("the grid is turned or sheared; warp it first (gdalwarp)")
        if not self.is_square:
            raise GridError(
                f"pixels are {self.transform.a:g} m × {-self.transform.e:g} m; use square pixels"
            )

    def require_same(self, other: Grid, what: str, where: str) -> None:
        """Raise GridError unless `other` equals this grid.

        Args:
            other: The grid to compare.
            what: Name of the file on this grid, for the message.
            where: Name of the file on the other grid, for the message.
        """
        if self != other:
            raise GridError(
                f"{what} and {where} are on different grids:"
                f" {self.describe()} and {other.describe()}"
            )

    def describe(self) -> str:
        """Return size, pixel size and CRS in one line."""
        size = f"{self.height} rows × {self.width} columns"
        return f"{size} of {self.pixel_size[0]:g}{_unit(self.crs)} in {crs_name(self.crs)}"

    def pixel_of(self, x: Coordinate, y: Coordinate) -> tuple[Coordinate, Coordinate]:
        """Return the fractional (row, column) of a point; the floor is the pixel that holds it.

        Args:
            x: Number or array, in the CRS's units.
            y: As `x`.
        """
        inverse = ~self.transform
        row = x * inverse.d + y * inverse.e + inverse.f
        column = x * inverse.a + y * inverse.b + inverse.c
        return row, column

    def centre_of(self, row: Coordinate, column: Coordinate) -> tuple[Coordinate, Coordinate]:
        """Return the (x, y) of a pixel's centre.

        Args:
            row: Number or array, counted from 0 at the top.
            column: As `row`, counted from 0 at the left.
        """
        transform, right, down = self.transform, column + 0.5, row + 0.5
        x = right * transform.a + down * transform.b + transform.c
        y = right * transform.d + down * transform.e + transform.f
        return x, y

    def window(self, window: Window) -> Grid:
        """Return the part of this grid under a window of whole pixels."""
        transform = self.transform @ Affine.translation(window.col_off, window.row_off)
        return Grid(self.crs, transform, int(window.height), int(window.width))


def _unit(crs: CRS) -> str:
    """Return the unit of coordinates as written after a number."""
    if crs.is_geographic:
        return "°"
    return " m" if crs.linear_units_factor[1] == 1 else f" {crs.linear_units}"


def crs_name(crs: CRS) -> str:
    """Return the EPSG code of a CRS, or its name if it has no code."""
    code = crs.to_epsg()
    if code:
        return f"EPSG:{code}"
    return next(iter(crs.to_wkt().split('"')[1:2]), "an unnamed CRS")


def require_metric_crs(crs: CRS) -> None:
    """Raise GridError unless the CRS is projected and in metres."""
    if not crs.is_projected or crs.linear_units_factor[1] != 1.0:
        raise GridError(
            f"the grid's CRS {crs_name(crs)} is not in metres; use a projected CRS, for example UTM"
        )


def covering_grid(
    bounds: Bounds, crs: CRS, pixel_m: float, anchor: tuple[float, float] = (0.0, 0.0)
) -> Grid:
    """Return the north-up grid of square pixels that covers `bounds`.

    Args:
        bounds: (left, bottom, right, top) in `crs`, metres.
        crs: A CRS in metres.
        pixel_m: Side of a pixel, metres, > 0.
        anchor: (x, y) of any pixel's corner; by default corners lie at multiples of `pixel_m`.

    Raises:
        GridError: The grid would have no pixel, or more rows or columns than a raster file can
            hold.
    """
    sides = [(bounds[2] - bounds[0]) / pixel_m, (bounds[3] - bounds[1]) / pixel_m]
    places = [
        abs(value - start) / pixel_m
        for value, start in zip(bounds, (*anchor, *anchor), strict=True)
    ]
    if not (all(side < _MOST_PIXELS for side in sides) and all(x < _EXACT for x in places)):
        raise GridError(
            f"pixels of {pixel_m:g} m are too small for a grid from {bounds[0]:.7g},"
            f" {bounds[1]:.7g} to {bounds[2]:.7g}, {bounds[3]:.7g}; use larger pixels, or check"
            " the coordinates"
        )
    left = math.floor((bounds[0] - anchor[0]) / pixel_m + 1e-6) * pixel_m + anchor[0]
    top = math.ceil((bounds[3] - anchor[1]) / pixel_m - 1e-6) * pixel_m + anchor[1]
    width = math.ceil((bounds[2] - left) / pixel_m - 1e-6)
    height = math.ceil((top - bounds[1]) / pixel_m - 1e-6)
    if width < 1 or height < 1:
        raise GridError(
            f"the area from {bounds[0]:.7g}, {bounds[1]:.7g} to {bounds[2]:.7g}, {bounds[3]:.7g}"
            f" is smaller than a pixel of {pixel_m:g} m; check its coordinates and its CRS"
        )
    return Grid(crs, Affine(pixel_m, 0, left, 0, -pixel_m, top), height, width)


def utm_crs(longitude: float, latitude: float) -> CRS:
    """Return the UTM zone (WGS 84) of a place given in degrees, also beyond 180° east or west."""
    if abs(longitude) > 180:
        longitude = (longitude + 180) % 360 - 180
    zone = min(int((longitude + 180) // 6) + 1, 60)
    return CRS.from_epsg((32600 if latitude >= 0 else 32700) + zone)


def height_gradient(heights: Float64, pixel_m: float) -> tuple[Float64, Float64]:
    """Return the rise to the south and to the east from central differences, metres per metre.

    Args:
        heights: (height, width) metres. Along an axis of one pixel the rise is 0.
        pixel_m: Side of a pixel, metres.
    """
    south, east = (
        np.gradient(heights, pixel_m, axis=axis) if length > 1 else np.zeros_like(heights)
        for axis, length in enumerate(heights.shape)
    )
    return south, east
