"""What the maps and the labels of all dates show of a sample of pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slidelens.types import Float64, Int64, UInt8

Levels = NDArray[np.int16]
UNSEEN = -1  # level of a pixel that a date's image does not show

# First level of each bin in which levels are counted: narrow where most pixels are.
BIN_STARTS = np.array([0, 1, 2, 3, 5, 8, 13, 21, *range(33, 242, 16)])
BINS = len(BIN_STARTS)


@dataclass(frozen=True)
class Sequences:
    """Different sequences of levels and labels, and how many pixels have each.

    Attributes:
        levels: (dates, n) probability as 0…255 for 0…1, UNSEEN where the image shows nothing.
        labels: (dates, n) 0, 1 or UNKNOWN.
        pixels: (n,) number of pixels.
    """

    levels: Levels
    labels: UInt8
    pixels: Float64

    def binned(self) -> Sequences:
        """Return the sequences of bins of levels instead of levels."""
        return count_sequences(bins_of(self.levels), self.labels, self.pixels)


def bins_of(levels: Levels) -> Levels:
    """Return the bin of each level; UNSEEN stays UNSEEN."""
    bins = np.searchsorted(BIN_STARTS, levels, side="right") - 1
    return np.asarray(bins, dtype=np.int16)  # UNSEEN is below the first bin: −1


def count_sequences(levels: Levels, labels: UInt8, pixels: Float64 | None = None) -> Sequences:
    """Return the different sequences of pixels, with their numbers.

    Args:
        levels: (dates, n) levels or bins, UNSEEN where the image shows nothing.
        labels: (dates, n) 0, 1 or UNKNOWN.
        pixels: (n,) number of pixels of each; None: one.
    """
    dates = len(levels)
    both = np.concatenate([levels, labels.astype(np.int16)])
    different, inverse = unique_columns(both)
    counts = np.bincount(inverse, pixels, minlength=different.shape[1]).astype(np.float64)
    return Sequences(different[:dates], different[dates:].astype(np.uint8), counts)


def unique_columns(columns: Levels) -> tuple[Levels, Int64]:
    """Return the different columns of (rows, n) values, and the number of each column's."""
    rows = np.ascontiguousarray(columns.T)
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return np.ascontiguousarray(rows[first].T), inverse.astype(np.int64)
