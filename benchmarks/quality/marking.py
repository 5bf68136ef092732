"""Marks as an analyst would draw them: a few landslides, and boxes without any."""

from __future__ import annotations

import numpy as np
import shapely

from slidelens.dataset.parts import TRAIN, VALIDATION
from slidelens.dataset.prepared import Prepared
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise_ids
from slidelens.types import Int64, Mask

FEWEST_PX = 4  # of a landslide that is marked


def markable(prepared: Prepared) -> Mask:
    """Return the (height, width) pixels that marks may lie on: seen, and not in test blocks."""
    parts = prepared.split_map
    free: Mask = prepared.scene.valid & ((parts == TRAIN) | (parts == VALIDATION))
    return free


def draw_marks(
    prepared: Prepared, landslides: int, boxes: int, box_m: float, seed: int
) -> tuple[list[shapely.Geometry], list[shapely.Geometry]]:
    """Return landslides and boxes at random places outside the test blocks.

    Args:
        prepared: A ground with an inventory.
        landslides: Number of landslides.
        boxes: Number of boxes without landslides, apart from each other.
        box_m: Side of a box, metres.
        seed: Seed of the places.
    """
    assert prepared.inventory is not None
    rng, grid = np.random.default_rng(seed), prepared.scene.grid
    free, outlines = markable(prepared), prepared.inventory.geometry
    numbers = rasterise_ids(outlines, grid)
    pixels, inside = (
        np.bincount(each, minlength=len(outlines) + 1) for each in (numbers.ravel(), numbers[free])
    )
    whole = np.flatnonzero((pixels == inside) & (pixels >= FEWEST_PX))
    chosen = rng.permutation(whole[whole > 0])[:landslides]
    side = round(box_m / grid.pixel_m)
    corners = _free_squares(free & (prepared.labels == 0), side, prepared.tile_px)
    return (
        list(outlines.iloc[chosen - 1]),
        [_box(grid, corner, side) for corner in _apart(rng.permutation(corners), side, boxes)],
    )


def _free_squares(free: Mask, side: int, tile_px: int | None) -> Int64:
    """Return the (n, 2) first row and column of all squares of free pixels within one tile."""
    taken = np.pad((~free).astype(np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    within = (
        taken[side:, side:] - taken[:-side, side:] - taken[side:, :-side] + taken[:-side, :-side]
    )
    corners = np.argwhere(within == 0)
    if tile_px:
        in_tile = (corners // tile_px == (corners + side - 1) // tile_px).all(axis=1)
        corners = corners[in_tile]
    return corners


def _apart(corners: Int64, side: int, number: int) -> list[Int64]:
    chosen: list[Int64] = []
    for corner in corners:
        if len(chosen) == number:
            break
        if all(np.abs(corner - other).max() > side for other in chosen):
            chosen.append(corner)
    return chosen


def _box(grid: Grid, corner: Int64, side: int) -> shapely.Polygon:
    row, column = (int(value) for value in corner)
    left, top = grid.transform @ (column, row)
    right, bottom = grid.transform @ (column + side, row + side)
    return shapely.box(left, bottom, right, top)
