"""Polygons to a mask on a grid and back: an inverse pair."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import rasterio.features
import shapely
from numpy.typing import NDArray

from slidelens.errors import GridError
from slidelens.geo.grid import Grid


def rasterise(shapes: Iterable[shapely.Geometry], grid: Grid) -> NDArray[np.bool_]:
    """Pixels whose centre lies in a polygon; holes stay open, what lies off the grid is left out.

    shapes: Polygons and MultiPolygons in the grid's CRS; empty ones and None are skipped; they may overlap
    Returns (height, width) bool.
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


def rasterise_ids(shapes: Iterable[shapely.Geometry], grid: Grid) -> NDArray[np.int32]:
    """(height, width) which polygon a pixel's centre lies in, counted from 1; 0 in none, the later one where they overlap."""
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


def polygonise(mask: NDArray[np.bool_], grid: Grid) -> list[shapely.Polygon]:
    """Outlines of the connected pixels of a mask, holes kept, nothing dropped at the edge.

    Pixels are connected through their sides (4-connected): each body is then one valid Polygon, whereas bodies joined through corners
    alone give outlines that touch themselves. Areas are the pixel counts times the pixel area, and `rasterise` gives the mask back.

    mask: (height, width) bool
    Returns polygons in the grid's CRS, in the order of their first pixel, row by row.
    Raises GridError unless the mask has the grid's shape.
    """
    if mask.shape != grid.shape:
        height, width = mask.shape
        raise GridError(
            f"the mask has {height} rows × {width} columns and the grid {grid.height} × {grid.width}; use the mask's own grid"
        )
    values = np.ascontiguousarray(mask, dtype=np.uint8)
    found = rasterio.features.shapes(
        values, mask=values.view(bool), connectivity=4, transform=grid.transform
    )
    bodies = [
        shapely.Polygon(outline["coordinates"][0], outline["coordinates"][1:])
        for outline, _ in found
    ]
    return sorted(bodies, key=_first_pixel)


def _first_pixel(body: shapely.Polygon) -> tuple[float, float]:
    """Sorts by the upper left pixel: the highest row first, then the westernmost of its corners."""
    x, y = np.asarray(body.exterior.coords).T
    return -y.max(), x[y == y.max()].min()
