"""Parts of the split and their values in split.tif."""

from __future__ import annotations

import math

import numpy as np

from slidelens.errors import ParamsError
from slidelens.params.schema import SplitParams
from slidelens.types import Int32

OUTSIDE, TRAIN, VALIDATION, TEST = 0, 1, 2, 3
PART_NAMES = {OUTSIDE: "outside", TRAIN: "train", VALIDATION: "validation", TEST: "test"}
UNKNOWN = 255


_LARGEST_PX = 2**30  # beyond every image


def margin_px(split: SplitParams, pixel_m: float) -> int:
    """Return the margin around landslides that cross into another part, whole pixels.

    Args:
        split: With the margin in metres, which it is not narrower than.
        pixel_m: Side of a pixel, metres.
    """
    return math.ceil(round(split.margin_m / pixel_m, 6))


def block_px(
    split: SplitParams, pixel_m: float, tile_px: int | None = None, chosen_px: int | None = None
) -> int:
    """Return the side of a block, pixels.

    Args:
        split: With the side in metres; None if it is chosen when the data are prepared.
        pixel_m: Side of a pixel, metres.
        tile_px: Side of the tiles of a mosaic, which are its blocks; None for an image.
        chosen_px: The side that was chosen when the data were prepared.

    Raises:
        ParamsError: The side is to be chosen and the data were prepared with another.
    """
    if tile_px:
        return tile_px
    if split.block_m is not None:
        return int(max(1, min(_LARGEST_PX, round(split.block_m / pixel_m))))
    if chosen_px is None:
        raise ParamsError(
            "split.block_m is null, and the prepared data have no chosen side of blocks; "
            "run `dvc repro prepare`"
        )
    return chosen_px


def block_numbers(shape: tuple[int, int], side: int) -> Int32:
    """Return the (height, width) number of the block of each pixel, row by row.

    Args:
        shape: (height, width).
        side: of a block, pixels.
    """
    rows, columns = (np.arange(length, dtype=np.int32) // np.int32(side) for length in shape)
    numbers: Int32 = rows[:, None] * (columns[-1] + np.int32(1)) + columns
    return numbers
