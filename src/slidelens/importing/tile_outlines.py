"""Outline the landslides of a tile."""

from __future__ import annotations

import numpy as np
import shapely
from affine import Affine
from rasterio.windows import Window

from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import polygonise, rasterise
from slidelens.importing.training_sets.collection import Pixels
from slidelens.types import Mask, Shapes


def are_outlines(landslides: Mask | Shapes) -> bool:
    """Return whether landslides are outlines, and no mask."""
    return landslides.dtype == object


def outline_tile(
    tile: Pixels, grid: Grid, corner: tuple[int, int]
) -> tuple[list[shapely.Geometry], Mask]:
    """Return the landslides of a tile in the CRS of its grid, and their pixels.

    Args:
        tile: The tile; outlines are those of its image.
        grid: Grid of the whole tile.
        corner: Row and column of the tile in its image.
    """
    height, width = tile.valid.shape
    own = grid.window(Window(0, 0, width, height))
    if not are_outlines(tile.landslides):
        mask: Mask = tile.landslides.astype(bool)
        return list(polygonise(mask, own)), mask
    if not len(tile.landslides):
        return [], np.zeros((height, width), bool)
    row, column = corner
    inside = shapely.intersection(
        tile.landslides, shapely.box(column, row, column + width, row + height)
    )
    parts = [_polygonal(shape) for shape in inside]
    kept = [shape for shape in parts if shapely.area(shape) > 0]
    to_map = grid.transform @ Affine.translation(-column, -row)
    moved = [shapely.affinity.affine_transform(shape, _shapely_order(to_map)) for shape in kept]
    return moved, rasterise(moved, own)


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _shapely_order(transform: Affine) -> list[float]:
    return [transform.a, transform.b, transform.d, transform.e, transform.c, transform.f]
