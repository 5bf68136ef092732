"""Predict images of any size in windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from slidelens.types import Float32

Predictor = Callable[[Float32], Float32]
Reader = Callable[["Window"], Float32]


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
        return slice(self.row, min(self.row + self.height, shape[0])), slice(
            self.column, min(self.column + self.width, shape[1])
        )


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


def cut_window(pixels: Float32, window: Window) -> Float32:
    """The window's pixels with its margin; 0, which is nodata, outside the scene."""
    m = window.margin
    place = np.zeros((window.height + 2 * m, window.width + 2 * m, pixels.shape[2]), np.float32)
    top, left = max(0, window.row - m), max(0, window.column - m)
    part = pixels[top : window.row + window.height + m, left : window.column + window.width + m]
    row, column = top - (window.row - m), left - (window.column - m)
    place[row : row + part.shape[0], column : column + part.shape[1]] = part
    return place


def predict_window(
    read: Reader, predictor: Predictor, window: Window, shape: tuple[int, int]
) -> Float32:
    """The predicted core of one window. `predictor`: (1, height, width, bands) → (1, height, width)."""
    predicted = predictor(read(window)[None])[0]
    rows, columns = window.core(shape)
    m = window.margin
    return predicted[m : m + rows.stop - rows.start, m : m + columns.stop - columns.start]


def predict_apart(
    pixels: Float32, predictor: Predictor, tile_px: int, at_once: int = 16
) -> Float32:
    """(height, width, …) prediction of a mosaic of whole tiles, each as if it were alone. pixels: (height, width, bands)."""
    rows, columns, bands = pixels.shape[0] // tile_px, pixels.shape[1] // tile_px, pixels.shape[2]
    tiles = (
        pixels.reshape(rows, tile_px, columns, tile_px, bands)
        .swapaxes(1, 2)
        .reshape(-1, tile_px, tile_px, bands)
    )
    found = np.concatenate(
        [predictor(tiles[first : first + at_once]) for first in range(0, len(tiles), at_once)]
    )
    whole = found.reshape(rows, columns, *found.shape[1:]).swapaxes(1, 2)
    return whole.reshape(*pixels.shape[:2], *found.shape[3:])


def predict(
    pixels: Float32, predictor: Predictor, largest: int, margin: int, stride: int
) -> Float32:
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
