"""Choose the side of the split's blocks from the area and its landslides."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import overload

import geopandas as gpd
import numpy as np

from slidelens.dataset.parts import block_px
from slidelens.errors import ParamsError
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise_ids
from slidelens.params.schema import SplitParams
from slidelens.types import Int32, Int64, Mask

log = logging.getLogger(__name__)

# See docs/decisions/0016-block-side.md for the evidence.
_BLOCKS = 48  # that the area should hold
_FEWEST_BLOCKS = 20  # that it must hold however large the landslides are
_LANDSLIDES = 5  # sides of a landslide in the side of a block
_SHORTEST_PX = 16  # of a chosen block
_FEWEST_PX = 4  # of any block
_ROUND = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


class LandslideNumbers(Sequence[Int32]):
    """The landslide numbers of inventories, (height, width) each, rasterised when they are read.

    In memory those of all dates would be larger than an image.
    """

    def __init__(self, inventories: Sequence[gpd.GeoDataFrame], grid: Grid) -> None:
        """Describe the inventories.

        Args:
            inventories: In the grid's CRS.
            grid: Grid of the numbers.
        """
        self._inventories, self._grid = inventories, grid

    def __len__(self) -> int:
        return len(self._inventories)

    @overload
    def __getitem__(self, position: int) -> Int32: ...

    @overload
    def __getitem__(self, position: slice) -> LandslideNumbers: ...

    def __getitem__(self, position: int | slice) -> Int32 | LandslideNumbers:
        if isinstance(position, slice):
            return LandslideNumbers(self._inventories[position], self._grid)
        return rasterise_ids(self._inventories[position].geometry, self._grid)


def split_side_px(
    split: SplitParams,
    grid: Grid,
    inside: Mask,
    landslides: Sequence[Int32],
    tile_px: int | None,
) -> int:
    """Return the side of the blocks, pixels: that of the parameters, or a chosen one.

    Args:
        split: With the side, or None to choose it.
        grid: Of the area.
        inside: (height, width) mask of the area.
        landslides: For each date, (height, width) landslide numbers from 1, 0 elsewhere.
        tile_px: Side of the tiles of a mosaic, which are its blocks; None for an image.

    Raises:
        ParamsError: The side of the parameters has hardly any pixels.
    """
    if tile_px or split.block_m is not None:
        side = block_px(split, grid.pixel_m, tile_px)
        if side < _FEWEST_PX:
            raise ParamsError(
                f"blocks of split.block_m {split.block_m:g} have {side} pixels a side; set it to "
                f"{choose_block_m(inside, landslides, grid.pixel_m):g}, or null to have it chosen"
            )
        return side
    side_m = choose_block_m(inside, landslides, grid.pixel_m)
    log.info("split.block_m is null: blocks of %g m are chosen", side_m)
    return max(1, round(side_m / grid.pixel_m))


def choose_block_m(inside: Mask, landslides: Sequence[Int32], pixel_m: float) -> float:
    """Return a round side of blocks that gives each part several and cuts few landslides.

    Args:
        inside: (height, width) mask of the area.
        landslides: For each date, (height, width) landslide numbers from 1, 0 elsewhere.
        pixel_m: Side of a pixel, metres.
    """
    area_m2 = float(inside.sum()) * pixel_m**2
    wanted = max(math.sqrt(area_m2 / _BLOCKS), _LANDSLIDES * _landslide_m(landslides, pixel_m))
    largest = math.sqrt(area_m2 / _FEWEST_BLOCKS)
    return _round_side(max(min(wanted, largest), _SHORTEST_PX * pixel_m))


def _landslide_m(landslides: Sequence[Int32], pixel_m: float) -> float:
    """Return the mean square root of the landslides' areas, weighted by area; 0 without any."""
    sizes = [_pixels_of_each(landslides[date]) for date in range(len(landslides))]
    pixels = np.concatenate(sizes) if sizes else np.zeros(0)
    return float((pixels**1.5).sum() / pixels.sum()) * pixel_m if pixels.size else 0.0


def _pixels_of_each(numbers: Int32) -> Int64:
    pixels: Int64 = np.unique(numbers[numbers > 0], return_counts=True)[1]
    return pixels


def _round_side(side_m: float) -> float:
    """Return the round number that is nearest in ratio."""
    decade = 10.0 ** math.floor(math.log10(side_m))
    return min((decade * digit for digit in _ROUND), key=lambda one: abs(math.log(one / side_m)))
