"""Rasterise polygons to a mask on a grid, and polygonise a mask: an inverse pair."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import rasterio.features
import shapely

from slidelens.errors import GridError
from slidelens.geo.grid import Grid
from slidelens.types import Int32, Mask


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
        part
        for part in shapely.get_parts([shape for shape in shapes if shape is not None])
        if not part.is_empty
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
        (part, index)
        for index, shape in enumerate(shapes, start=1)
        for part in shapely.get_parts([shape])
        if not part.is_empty
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
        values, mask=values.view(bool), connectivity=4, transform=grid.transform
    )
    polygons = [
        shapely.Polygon(outline["coordinates"][0], outline["coordinates"][1:])
        for outline, _ in outlines
    ]
    return sorted(polygons, key=_first_pixel)


def _first_pixel(polygon: shapely.Polygon) -> tuple[float, float]:
    """Return a sort key: the highest row first, then the westernmost of its corners."""
    x, y = np.asarray(polygon.exterior.coords).T
    return -y.max(), x[y == y.max()].min()
