"""Bring arrays of pixels from one grid onto another."""

from __future__ import annotations

import math

import numpy as np
import rasterio
from affine import Affine
from rasterio.enums import Resampling
from rasterio.warp import reproject, transform_bounds
from rasterio.windows import Window

from slidelens.errors import GridError
from slidelens.geo.grid import Bounds, Grid, crs_name
from slidelens.geo.rasters.georeference import FULL_TURN_DEG, METRES_PER_DEGREE, turned
from slidelens.geo.rasters.opening import RASTER_ERRORS
from slidelens.geo.windowed import Part
from slidelens.types import Float32

_FINER = 0.67  # pixels smaller than this share of the target's are averaged
_SEGMENT_PX = 128  # columns that are resampled together


def source_window(source: Grid, target: Grid, margin_px: int = 4) -> Window | None:
    """Return the pixels of `source` that `target` needs, or None if the grids do not overlap.

    Args:
        source: Grid to read from.
        target: Grid to fill.
        margin_px: Pixels added on each side for the resampling kernel.
    """
    left, bottom, right, top = bounds_in(source, target)
    corners = ((left, top), (right, bottom), (left, bottom), (right, top))
    rows, columns = zip(*(source.pixel_of(*corner) for corner in corners), strict=True)
    top_row = max(0, int(np.floor(min(rows))) - margin_px)
    left_column = max(0, int(np.floor(min(columns))) - margin_px)
    height = min(source.height, int(np.ceil(max(rows))) + margin_px) - top_row
    width = min(source.width, int(np.ceil(max(columns))) + margin_px) - left_column
    if height <= 0 or width <= 0:
        return None
    return Window(left_column, top_row, width, height)


def turned_towards(source: Grid, target: Grid) -> Grid:
    """Return a geographic grid, moved by whole turns so that it overlaps the target if it can.

    Other grids are returned as they are.
    """
    if not source.crs.is_geographic:
        return source
    left, _, right, _ = bounds_in(source, target)
    own_left, _, own_right, _ = source.bounds
    return turned(source, np.round((left + right - own_left - own_right) / 2 / FULL_TURN_DEG))


def bounds_in(source: Grid, target: Grid) -> Bounds:
    """Return the bounds of `target` in the CRS of `source`; over 180° longitudes go on."""
    try:
        with rasterio.Env():  # which keeps GDAL from printing
            left, bottom, right, top = transform_bounds(
                target.crs, source.crs, *target.bounds, densify_pts=101
            )
    except RASTER_ERRORS:
        left = bottom = right = top = np.inf
    if not np.isfinite([left, bottom, right, top]).all():
        raise GridError(
            f"the grid, {target.describe()}, has no place in {crs_name(source.crs)}; check the CRSs"
        )
    if source.crs.is_geographic and left > right:
        right += FULL_TURN_DEG
    return left, bottom, right, top


def resample(pixels: Float32, source: Grid, target: Grid) -> Float32:
    """Resample pixels onto another grid, with NaN where they have no value.

    Aligned pixels are copied. Others are interpolated by cubic convolution, or averaged if
    `source` is finer than `target`.

    Args:
        pixels: (height, width, bands) on `source`, NaN where not valid.
        source: Grid of `pixels`.
        target: Grid to fill.

    Returns:
        (height, width, bands) on `target`.
    """
    offset = _whole_offset(source, target)
    if offset is not None:
        return shift_pixels(pixels, offset, target.shape)
    finer = _pixel_side_m(source) < _FINER * target.transform.a
    bands_first = np.ascontiguousarray(np.moveaxis(pixels, -1, 0))
    resampled = np.empty((*target.shape, pixels.shape[2]), np.float32)
    # GDAL interpolates coordinates between the ends of each row that it is given.
    for start in range(0, target.width, _SEGMENT_PX):
        stop = min(target.width, start + _SEGMENT_PX)
        segment = np.full((pixels.shape[2], target.height, stop - start), np.nan, np.float32)
        reproject(
            bands_first,
            segment,
            src_transform=source.transform,
            src_crs=source.crs,
            dst_transform=target.window(Window(start, 0, stop - start, target.height)).transform,
            dst_crs=target.crs,
            src_nodata=np.nan,
            dst_nodata=np.nan,
            resampling=Resampling.average if finer else Resampling.cubic,
        )
        resampled[:, start:stop] = np.moveaxis(segment, 0, -1)
    return resampled


def whole_segments(part: Part, source: Grid, target: Grid) -> Part:
    """Return a part of a grid, widened so that it is resampled as the whole grid is.

    Args:
        part: Rows and columns of `target`.
        source: Grid of the pixels.
        target: The whole grid.
    """
    if _whole_offset(source, target) is not None:
        return part
    rows, columns = part
    start = columns.start // _SEGMENT_PX * _SEGMENT_PX
    stop = min(target.width, -(-columns.stop // _SEGMENT_PX) * _SEGMENT_PX)
    return rows, slice(start, stop)


def _pixel_side_m(grid: Grid) -> float:
    """Return the side of a square of a pixel's area, in degrees that in the middle of the grid."""
    side = math.sqrt(abs(grid.transform.determinant))
    if grid.crs.is_projected:
        return side * float(grid.crs.linear_units_factor[1])
    _, latitude = grid.centre_of(grid.height / 2 - 0.5, grid.width / 2 - 0.5)
    return side * METRES_PER_DEGREE * math.sqrt(math.cos(math.radians(latitude)))


def _whole_offset(source: Grid, target: Grid) -> tuple[int, int] | None:
    """Return (rows, columns) from `target`'s origin to `source`'s, or None if not aligned."""
    if source.crs != target.crs or not np.allclose(
        pixel_scale(source.transform), pixel_scale(target.transform)
    ):
        return None
    row, column = target.pixel_of(*(source.transform @ (0, 0)))
    if max(abs(column - round(column)), abs(row - round(row))) > 1e-3:
        return None
    return round(row), round(column)


def pixel_scale(transform: Affine) -> tuple[float, float, float, float]:
    """Return the linear part of a transform."""
    return transform.a, transform.b, transform.d, transform.e


def shift_pixels(pixels: Float32, offset: tuple[int, int], shape: tuple[int, int]) -> Float32:
    """Shift an array by whole pixels, with NaN where nothing moves in.

    Args:
        pixels: (height, width, bands).
        offset: (rows, columns) by which the pixels move down and to the right.
        shape: (height, width) of the result.
    """
    shifted = np.full((*shape, pixels.shape[2]), np.nan, np.float32)
    into = tuple(
        slice(max(0, start), max(0, min(size, start + length)))
        for start, size, length in zip(offset, shape, pixels.shape[:2], strict=True)
    )
    out_of = tuple(
        slice(part.start - start, max(part.start, part.stop) - start)
        for part, start in zip(into, offset, strict=True)
    )
    shifted[into] = pixels[out_of]
    return shifted
