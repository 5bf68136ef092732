"""A grid: CRS, affine transform, height and width as one immutable value."""

from __future__ import annotations

import math
from dataclasses import dataclass

from affine import Affine
from rasterio.crs import CRS
from rasterio.windows import Window

from slidelens.errors import GridError

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Grid:
    """A raster grid.

    crs: any CRS; `require_metric` refuses those that are not in metres
    transform: pixel (column, row) → x, y of its upper left corner
    height, width: pixels, > 0
    """

    crs: CRS
    transform: Affine
    height: int
    width: int

    def __post_init__(self) -> None:
        if self.height < 1 or self.width < 1:
            raise GridError(
                f"a grid needs at least one pixel, this one has {self.height} rows × {self.width} columns"
            )

    @property
    def bounds(self) -> Bounds:
        """(left, bottom, right, top) in the CRS's units."""
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
        """(height, width), the order of numpy arrays."""
        return self.height, self.width

    @property
    def pixel_m(self) -> float:
        """Side of a pixel in metres. Raises GridError where pixels are not squares in metres."""
        self.require_metric()
        return float(self.transform.a)

    @property
    def pixel_area_m2(self) -> float:
        """Area of a pixel, m²."""
        return self.pixel_m**2

    def require_metric(self) -> None:
        """Raise GridError unless the CRS is projected, in metres, and pixels are square."""
        require_metric_crs(self.crs)
        if not math.isclose(self.transform.a, -self.transform.e, rel_tol=1e-6):
            raise GridError(
                f"pixels are {self.transform.a:g} m × {-self.transform.e:g} m; use square pixels"
            )

    def require_same(self, other: Grid, what: str, where: str) -> None:
        """Raise GridError with both values unless `other` is this grid."""
        if self != other:
            raise GridError(
                f"{what} and {where} are on different grids: {self.describe()} and {other.describe()}"
            )

    def describe(self) -> str:
        """One line: size, pixel and CRS."""
        return f"{self.height} rows × {self.width} columns of {self.transform.a:g} in {crs_name(self.crs)}"

    def window(self, window: Window) -> Grid:
        """The part of this grid under a window of whole pixels."""
        transform = self.transform @ Affine.translation(window.col_off, window.row_off)
        return Grid(self.crs, transform, int(window.height), int(window.width))


def crs_name(crs: CRS) -> str:
    """EPSG code where there is one, else the CRS's name: for messages."""
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else crs.to_wkt().split('"')[1]


def require_metric_crs(crs: CRS) -> None:
    """Raise GridError unless the CRS is projected and in metres."""
    if not crs.is_projected or crs.linear_units_factor[1] != 1.0:
        raise GridError(
            f"the grid's CRS {crs_name(crs)} is not in metres; use a projected CRS such as UTM"
        )


def covering_grid(
    bounds: Bounds, crs: CRS, pixel_m: float, anchor: tuple[float, float] = (0.0, 0.0)
) -> Grid:
    """The north-up grid of square pixels that covers `bounds`.

    bounds: (left, bottom, right, top) in `crs`, metres
    pixel_m: side of a pixel, metres, > 0
    anchor: (x, y) of some pixel's corner; by default corners lie at multiples of the pixel
    """
    left = math.floor((bounds[0] - anchor[0]) / pixel_m + 1e-6) * pixel_m + anchor[0]
    top = math.ceil((bounds[3] - anchor[1]) / pixel_m - 1e-6) * pixel_m + anchor[1]
    width = math.ceil((bounds[2] - left) / pixel_m - 1e-6)
    height = math.ceil((top - bounds[1]) / pixel_m - 1e-6)
    return Grid(crs, Affine(pixel_m, 0, left, 0, -pixel_m, top), height, width)


def utm_crs(longitude: float, latitude: float) -> CRS:
    """The UTM zone (WGS 84) of a place, degrees."""
    zone = min(int((longitude + 180) // 6) + 1, 60)
    return CRS.from_epsg((32600 if latitude >= 0 else 32700) + zone)
