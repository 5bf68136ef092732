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
    """(height, width) prediction of a mosaic of whole tiles, each as if it were alone. pixels: (height, width, bands)"""
    (height, width, bands), result = pixels.shape, np.empty(pixels.shape[:2], np.float32)
    tiles = pixels.reshape(height // tile_px, tile_px, width // tile_px, tile_px, bands).swapaxes(1, 2)
    into = result.reshape(height // tile_px, tile_px, width // tile_px, tile_px).swapaxes(1, 2)
    places = list(np.ndindex(tiles.shape[:2]))
    for chunk in (places[first : first + at_once] for first in range(0, len(places), at_once)):
        for place, predicted in zip(chunk, predictor(np.stack([tiles[place] for place in chunk])), strict=True):
            into[place] = predicted
    return result


def predict(pixels: Floats, predictor: Predictor, largest: int, margin: int, stride: int) -> Floats:
    """(height, width) prediction of a whole scene of standardised pixels (height, width, bands).

    The result does not depend on `largest` when the margin covers what the predictor looks at.
    """
    shape = pixels.shape[:2]
    result = np.empty(shape, np.float32)
    for window in windows(shape, max(largest, 2 * margin + stride), margin, stride):
        result[window.core(shape)] = predict_window(lambda w: cut_window(pixels, w), predictor, window, shape)
    return result


def symmetric(predictor: Predictor) -> Predictor:
    """The mean of a predictor over the eight symmetries of a square: each window turned and mirrored, each prediction turned back.

    Source: Wang et al. (2019), test-time augmentation, doi 10.1016/j.neucom.2019.01.103.
    """

    def mean(pixels: Floats) -> Floats:
        predictions = [
            _turned(predictor(np.ascontiguousarray(_turned(pixels, quarter, mirrored))), quarter, mirrored, back=True)
            for quarter in range(4)
            for mirrored in (False, True)
        ]
        return np.mean(predictions, axis=0, dtype=np.float32)

    return mean


def _turned(values: Floats, quarter: int, mirrored: bool, back: bool = False) -> Floats:
    """Windows turned by quarters, then mirrored; or back: mirrored, then turned the other way. values: (n, height, width, …)"""
    if back:
        return np.rot90(values[:, :, ::-1] if mirrored else values, -quarter, (1, 2))
    turned = np.rot90(values, quarter, (1, 2))
    return turned[:, :, ::-1] if mirrored else turned
