"""Rasterise polygons to a mask on a grid, and polygonise a mask: an inverse pair."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.features
import shapely
from affine import Affine
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import DatasetWriter

from slidelens.errors import GridError
from slidelens.geo.grid import Grid
from slidelens.geo.outline_crop import crop_outline
from slidelens.geo.windowed import CACHE_BYTES
from slidelens.types import Float64, Int32, Mask, Shapes

_PIXELS = Affine.scale(2, -2)  # of outlines; GDAL takes the identity for no georeference
_BLOCK_PX = 512
_BATCH = 4096  # outlines that become polygons at once


@contextmanager
def rasterising_threads(number: int) -> Iterator[ThreadPoolExecutor]:
    """Yield threads that may call the functions of this module.

    `rasterio.features` silences its warning of arrays without a georeference, but the filters of
    warnings are the process's: one thread would end the silence of the other.

    Args:
        number: Number of threads.
    """
    with warnings.catch_warnings(), ThreadPoolExecutor(number) as pool:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield pool


def rasterise(shapes: Iterable[shapely.Geometry | None], grid: Grid) -> Mask:
    """Return the pixels whose centre lies in a polygon.

    Holes stay open; parts outside the grid are ignored.

    Args:
        shapes: Polygons and MultiPolygons in the grid's CRS, which may overlap; empty geometries
            and None are skipped.
        grid: Grid of the result.

    Returns:
        (height, width) mask.
    """
    parts = [
        cropped
        for part in shapely.get_parts([shape for shape in shapes if shape is not None])
        if not (cropped := crop_outline(part, grid)).is_empty
    ]
    if not parts:
        return np.zeros(grid.shape, dtype=bool)
    burned = rasterio.features.rasterize(
        parts, out_shape=grid.shape, transform=grid.transform, dtype="uint8"
    )
    return np.asarray(burned, dtype=bool)


def rasterise_ids(shapes: Iterable[shapely.Geometry], grid: Grid) -> Int32:
    """Return the number of the polygon in which each pixel's centre lies.

    Args:
        shapes: Polygons and MultiPolygons in the grid's CRS; an empty one keeps its number.
        grid: Grid of the result.

    Returns:
        (height, width) numbers, counted from 1 in the order of `shapes`; 0 outside of all. Where
        polygons overlap, the later one wins.
    """
    parts = [
        (cropped, index)
        for index, shape in enumerate(shapes, start=1)
        for part in shapely.get_parts([shape])
        if not (cropped := crop_outline(part, grid)).is_empty
    ]
    if not parts:
        return np.zeros(grid.shape, dtype=np.int32)
    return np.asarray(
        rasterio.features.rasterize(
            parts, out_shape=grid.shape, transform=grid.transform, dtype="int32"
        )
    )


def polygonise(mask: Mask, grid: Grid) -> list[shapely.Polygon]:
    """Return the outlines of the connected pixels of a mask, with their holes.

    Pixels are connected through their sides (4-connected), so that each component is one valid
    Polygon; components joined only at corners would give outlines that touch themselves. Areas are
    pixel counts times the pixel area, and `rasterise` returns the same mask.

    Args:
        mask: (height, width).
        grid: Grid of the mask.

    Returns:
        Polygons in the grid's CRS, in the order of their first pixel, row by row.

    Raises:
        GridError: The mask does not have the grid's shape.
    """
    if mask.shape != grid.shape:
        height, width = mask.shape
        raise GridError(
            f"the mask has {height} rows × {width} columns and the grid"
            f" {grid.height} × {grid.width}; use the mask's own grid"
        )
    values = np.ascontiguousarray(mask, dtype=np.uint8)
    outlines = rasterio.features.shapes(
        values, mask=values.view(bool), connectivity=4, transform=_PIXELS
    )
    return _polygons(outlines, grid)


@contextmanager
def open_mask(path: Path, shape: tuple[int, int]) -> Iterator[DatasetWriter]:
    """Yield a new file to fill with a mask, 0 and 1, for `polygonise_file`.

    Args:
        path: The file.
        shape: Height and width, pixels.
    """
    with (
        rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES),
        rasterio.open(
            path,
            "w",
            driver="GTiff",
            dtype="uint8",
            count=1,
            height=shape[0],
            width=shape[1],
            transform=_PIXELS,
            crs=None,
            tiled=True,
            blockxsize=_BLOCK_PX,
            blockysize=_BLOCK_PX,
            compress="deflate",
            zlevel=1,
            sparse_ok=True,
            bigtiff="if_safer",
        ) as dataset,
    ):
        yield dataset


def polygonise_file(path: Path, grid: Grid) -> list[shapely.Polygon]:
    """Return what `polygonise` returns, of a mask in a file, which is not read into memory.

    Args:
        path: A file that `open_mask` made.
        grid: Grid of the mask.
    """
    # The blocks of a row are kept: GDAL reads a mask line by line, as band and as its mask.
    row_bytes = 2 * _BLOCK_PX * (grid.width + _BLOCK_PX)
    cache = rasterio.Env(GDAL_CACHEMAX=max(CACHE_BYTES, 2 * row_bytes))
    with cache, rasterio.open(path) as dataset:
        band = rasterio.band(dataset, 1)
        return _polygons(rasterio.features.shapes(band, mask=band, connectivity=4), grid)


def _polygons(outlines: Iterable[tuple[Any, float]], grid: Grid) -> list[shapely.Polygon]:
    """Return polygons of outlines in pixels, in the order of their first pixel.

    The corners are computed from whole rows and columns, so that the polygon of a body does not
    depend on what else is on the raster.
    """

    def corners(points: Float64) -> Float64:
        column, row = points.T / [[_PIXELS.a], [_PIXELS.e]]
        transform = grid.transform
        x = transform.c + column * transform.a + row * transform.b
        y = transform.f + column * transform.d + row * transform.e
        return np.column_stack([x, y])

    polygons: list[shapely.Polygon] = []
    first = [np.empty((0, 2))]
    remaining = iter(outlines)
    while batch := list(islice(remaining, _BATCH)):  # the corners of all take much memory
        in_pixels = np.empty(len(batch), dtype=object)
        in_pixels[:] = [
            shapely.Polygon(outline["coordinates"][0], outline["coordinates"][1:])
            for outline, _ in batch
        ]
        first.append(_first_pixels(in_pixels))
        polygons.extend(shapely.transform(in_pixels, corners))
    column, row = np.concatenate(first).T
    return [polygons[position] for position in np.lexsort((column, -row))]


def _first_pixels(in_pixels: Shapes) -> Float64:
    """Return (n, 2) the westernmost of the highest corners of each polygon."""
    points, polygon = shapely.get_coordinates(
        shapely.get_exterior_ring(in_pixels), return_index=True
    )
    order = np.lexsort((points[:, 0], -points[:, 1], polygon))
    return np.asarray(points[order[np.flatnonzero(np.diff(polygon[order], prepend=-1))]])
