"""Parts of the split and their values in split.tif."""

from __future__ import annotations

import numpy as np

from slidelens.params.schema import SplitParams
from slidelens.types import Int32

OUTSIDE, TRAIN, VALIDATION, TEST = 0, 1, 2, 3
PART_NAMES = {OUTSIDE: "outside", TRAIN: "train", VALIDATION: "validation", TEST: "test"}
UNKNOWN = 255


def block_px(split: SplitParams, pixel_m: float, tile_px: int | None = None) -> int:
    """Return the side of a block, pixels; the tiles of a mosaic are its blocks."""
    return tile_px or max(1, round(split.block_m / pixel_m))


def block_numbers(shape: tuple[int, int], side: int) -> Int32:
    """Return the (height, width) number of the block of each pixel, row by row.

    Args:
        shape: (height, width).
        side: of a block, pixels.
    """
    rows, columns = np.arange(shape[0]) // side, np.arange(shape[1]) // side
    numbers: Int32 = (rows[:, None] * (columns[-1] + 1) + columns).astype(np.int32)
    return numbers
