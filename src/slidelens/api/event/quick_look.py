"""Read a scene of any size as a picture of few pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import rasterio
from affine import Affine
from rasterio.enums import Resampling
from rasterio.warp import reproject
from rasterio.windows import Window

from slidelens.geo.grid import Bounds, Grid
from slidelens.geo.rasters.header import Header
from slidelens.geo.rasters.opening import open_dataset
from slidelens.geo.rasters.scene import Scene
from slidelens.geo.resampling import bounds_in, turned_towards
from slidelens.geo.windowed import CACHE_BYTES
from slidelens.types import Float32

_SAME_PX = 1e-3  # of rounding


def picture_grid(grid: Grid, most_px: int) -> Grid:
    """Return a grid over the same ground whose longer side has at most so many pixels.

    Args:
        grid: The grid.
        most_px: Upper limit of both sides, pixels.
    """
    scale = min(1.0, most_px / max(grid.shape))
    height, width = (max(1, round(side * scale)) for side in grid.shape)
    larger = Affine.scale(grid.width / width, grid.height / height)
    return Grid(grid.crs, grid.transform @ larger, height, width)


def window_over(grid: Grid, bounds: Bounds) -> Window:
    """Return the whole pixels of a grid that hold what lies within bounds, at least one.

    Args:
        grid: The grid.
        bounds: (left, bottom, right, top) in its CRS, partly on the grid.
    """
    left, bottom, right, top = bounds
    corners = grid.pixel_of(
        np.array([left, right, left, right]), np.array([bottom, bottom, top, top])
    )
    slices = []
    for places, side in zip(corners, grid.shape, strict=True):
        start = min(max(math.floor(places.min() + _SAME_PX), 0), side - 1)
        slices.append(slice(start, max(min(math.ceil(places.max() - _SAME_PX), side), start + 1)))
    return Window.from_slices(*slices)


def read_quick_look(header: Header, bands: Sequence[str], grid: Grid, most_px: int) -> Scene:
    """Read bands of a scene in few pixels, each the mean of those below it.

    Memory does not grow with the scene. Pixels are not valid outside the scene and where the file
    marks them as having no data.

    Args:
        header: The scene.
        bands: Names of the bands.
        grid: A grid; the result covers its ground.
        most_px: Upper limit of both sides of what is read, and of the result, pixels.
    """
    chosen = header.select(bands)
    source = turned_towards(header.grid, grid)
    window = window_over(source, bounds_in(source, grid))
    own, target = (picture_grid(each, most_px) for each in (source.window(window), grid))
    with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES), open_dataset(header.path) as dataset:
        read = dataset.read(
            [band.position for band in chosen],
            window=window,
            out_shape=(len(chosen), *own.shape),
            resampling=Resampling.average,
            masked=True,
        )
    values = read.astype(np.float32).filled(np.nan)
    if own != target:
        values = _warped(values, own, target)
    pixels = np.moveaxis(values, 0, -1)
    valid = np.isfinite(pixels).all(axis=-1)
    return Scene(target, tuple(bands), np.where(valid[..., None], pixels, 0), valid)


def _warped(values: Float32, own: Grid, target: Grid) -> Float32:
    warped = np.full((len(values), *target.shape), np.nan, np.float32)
    reproject(
        values,
        warped,
        src_transform=own.transform,
        src_crs=own.crs,
        dst_transform=target.transform,
        dst_crs=target.crs,
        src_nodata=np.nan,
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
    )
    return warped
