"""Seamless maps: windows with a margin as wide as the network looks, of which only the core is kept.

The predictor is any callable, so that stitching is the same under numpy, TensorFlow or Dask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Predictor = Callable[[Floats], Floats]
Reader = Callable[["Window"], Floats]

# Quarter turns, and whether mirrored: first the turns.
_SYMMETRIES = [(quarter, mirrored) for mirrored in (False, True) for quarter in range(4)]


@dataclass(frozen=True)
class Window:
    """A core of a scene and the margin around it, pixels. The margin may lie outside the scene."""

    row: int
    column: int
    height: int
    width: int
    margin: int

    def core(self, shape: tuple[int, int]) -> tuple[slice, slice]:
        """The core's rows and columns in a scene of this shape."""
        return slice(self.row, min(self.row + self.height, shape[0])), slice(self.column, min(self.column + self.width, shape[1]))


def windows(shape: tuple[int, int], largest: int, margin: int, stride: int) -> Iterator[Window]:
    """Windows whose cores cover a scene exactly once, all of one size, their origins at multiples of `stride`.

    largest: most pixels a side, margins included
    """
    height, width = (_core(length, largest - 2 * margin, stride) for length in shape)
    for row in range(0, shape[0], height):
        for column in range(0, shape[1], width):
            yield Window(row, column, height, width, margin)


def _core(length: int, largest: int, stride: int) -> int:
    """The side of equal cores, none longer than `largest` rounded down to the stride (but at least one stride)."""
    count = -(-length // max(largest // stride * stride, stride))
    return -(-length // (count * stride)) * stride


def cut_window(pixels: Floats, window: Window) -> Floats:
    """The window's pixels with its margin; 0, which is nodata, outside the scene."""
    m = window.margin
    place = np.zeros((window.height + 2 * m, window.width + 2 * m, pixels.shape[2]), np.float32)
    top, left = max(0, window.row - m), max(0, window.column - m)
    part = pixels[top : window.row + window.height + m, left : window.column + window.width + m]
    row, column = top - (window.row - m), left - (window.column - m)
    place[row : row + part.shape[0], column : column + part.shape[1]] = part
    return place


def predict_window(read: Reader, predictor: Predictor, window: Window, shape: tuple[int, int]) -> Floats:
    """The predicted core of one window. `predictor`: (1, height, width, bands) → (1, height, width)."""
    predicted = predictor(read(window)[None])[0]
    rows, columns = window.core(shape)
    m = window.margin
    return predicted[m : m + rows.stop - rows.start, m : m + columns.stop - columns.start]


def predict_apart(pixels: Floats, predictor: Predictor, tile_px: int, at_once: int = 16) -> Floats:
    """(height, width, …) prediction of a mosaic of whole tiles, each as if it were alone. pixels: (height, width, bands)"""
    rows, columns, bands = pixels.shape[0] // tile_px, pixels.shape[1] // tile_px, pixels.shape[2]
    tiles = pixels.reshape(rows, tile_px, columns, tile_px, bands).swapaxes(1, 2).reshape(-1, tile_px, tile_px, bands)
    found = np.concatenate([predictor(tiles[first : first + at_once]) for first in range(0, len(tiles), at_once)])
    whole = found.reshape(rows, columns, *found.shape[1:]).swapaxes(1, 2)
    return whole.reshape(*pixels.shape[:2], *found.shape[3:])


def predict(pixels: Floats, predictor: Predictor, largest: int, margin: int, stride: int) -> Floats:
    """(height, width, …) prediction of a whole scene of standardised pixels (height, width, bands); … is what the predictor adds, if anything.

    The result does not depend on `largest` when the margin covers what the predictor looks at.
    """
    shape, result = pixels.shape[:2], np.empty(0, np.float32)
    for window in windows(shape, max(largest, 2 * margin + stride), margin, stride):
        core = predict_window(lambda w: cut_window(pixels, w), predictor, window, shape)
        if not result.size:
            result = np.empty((*shape, *core.shape[2:]), np.float32)
        result[window.core(shape)] = core
    return result


def symmetric(predictor: Predictor, number: int, calibrated: Callable[[Floats], Floats]) -> Predictor:
    """The predictor over the symmetries of a square: each window turned and mirrored, each prediction turned back.

    predictor: of one output a pixel, (n, height, width), or of one a member, (n, height, width, members)
    number: 1 as it is, 4 turned by quarters, 8 mirrored too; calibrated: from output to probability
    Returns a predictor of two values a pixel, (n, height, width, 2): the mean output, and the standard deviation of the probabilities,
    over symmetries and members alike.
    Source: Wang et al. (2019), test-time augmentation, doi 10.1016/j.neucom.2019.01.103.
    """

    def both(pixels: Floats) -> Floats:
        outputs = np.stack(
            [
                _turned(predictor(np.ascontiguousarray(_turned(pixels, quarter, mirrored))), quarter, mirrored, back=True)
                for quarter, mirrored in _SYMMETRIES[:number]
            ]
        )
        over = (0, *range(4, outputs.ndim))
        return np.stack([outputs.mean(axis=over), calibrated(outputs).std(axis=over)], axis=-1)

    return both


def _turned(values: Floats, quarter: int, mirrored: bool, back: bool = False) -> Floats:
    """Windows turned by quarters, then mirrored; or back: mirrored, then turned the other way. values: (n, height, width, …)"""
    if back:
        return np.rot90(values[:, :, ::-1] if mirrored else values, -quarter, (1, 2))
    turned = np.rot90(values, quarter, (1, 2))
    return turned[:, :, ::-1] if mirrored else turned
