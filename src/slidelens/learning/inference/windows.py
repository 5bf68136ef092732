"""Predict images of any size in windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from slidelens.types import Float32

if TYPE_CHECKING:
    from slidelens.learning.inference.tile_predictor import TilePredictor

Predictor = Callable[[Float32], Float32]
Reader = Callable[["Window"], Float32]


@dataclass(frozen=True)
class Window:
    """A rectangle of a scene, its core, and a margin around it; the margin may leave the scene.

    Attributes:
        row: First row of the core.
        column: First column of the core.
        height: Height of the core, pixels.
        width: Width of the core, pixels.
        margin: Width of the margin on each side, pixels.
    """

    row: int
    column: int
    height: int
    width: int
    margin: int

    def core(self, shape: tuple[int, int]) -> tuple[slice, slice]:
        """Return the rows and columns of the core within a scene of this shape."""
        return slice(self.row, min(self.row + self.height, shape[0])), slice(
            self.column, min(self.column + self.width, shape[1])
        )


def windows(shape: tuple[int, int], largest: int, margin: int, stride: int) -> Iterator[Window]:
    """Yield windows of equal size whose cores cover a scene exactly once.

    Args:
        shape: Height and width of the scene, pixels.
        largest: Upper limit of a window's side, margins included, pixels.
        margin: Margin of each window, pixels.
        stride: Cores start at multiples of it, pixels.
    """
    height, width = (_core_side(length, largest - 2 * margin, stride) for length in shape)
    for row in range(0, shape[0], height):
        for column in range(0, shape[1], width):
            yield Window(row, column, height, width, margin)


def _core_side(length: int, largest: int, stride: int) -> int:
    """Return the side of equal cores, at most `largest` but at least one stride."""
    count = -(-length // max(largest // stride * stride, stride))
    return -(-length // (count * stride)) * stride


def cut_window(pixels: Float32, window: Window) -> Float32:
    """Return the pixels of a window with its margin; nodata, 0, outside the scene."""
    m = window.margin
    result = np.zeros((window.height + 2 * m, window.width + 2 * m, pixels.shape[2]), np.float32)
    top, left = max(0, window.row - m), max(0, window.column - m)
    part = pixels[top : window.row + window.height + m, left : window.column + window.width + m]
    row, column = top - (window.row - m), left - (window.column - m)
    result[row : row + part.shape[0], column : column + part.shape[1]] = part
    return result


def predict_window(
    read: Reader, predictor: Predictor, window: Window, shape: tuple[int, int]
) -> Float32:
    """Predict the core of one window.

    Args:
        read: Returns the (height, width, bands) pixels of a window with its margin.
        predictor: (1, height, width, bands) → (1, height, width, …).
        window: Window of the scene.
        shape: Height and width of the scene, pixels.
    """
    predicted = predictor(read(window)[None])[0]
    rows, columns = window.core(shape)
    m = window.margin
    core: Float32 = predicted[m : m + rows.stop - rows.start, m : m + columns.stop - columns.start]
    return core


def predict_apart(
    pixels: Float32, predictor: Predictor, tile_px: int, at_once: int = 16
) -> Float32:
    """Predict the tiles of a mosaic independently of each other.

    Args:
        pixels: (height, width, bands) standardised, of whole tiles.
        predictor: (n, height, width, bands) → (n, height, width, …).
        tile_px: Side of a tile, pixels.
        at_once: Upper limit of n.

    Returns:
        (height, width, …).
    """
    rows, columns, bands = pixels.shape[0] // tile_px, pixels.shape[1] // tile_px, pixels.shape[2]
    tiles = (
        pixels.reshape(rows, tile_px, columns, tile_px, bands)
        .swapaxes(1, 2)
        .reshape(-1, tile_px, tile_px, bands)
    )
    predicted = np.concatenate(
        [predictor(tiles[first : first + at_once]) for first in range(0, len(tiles), at_once)]
    )
    mosaic = predicted.reshape(rows, columns, *predicted.shape[1:]).swapaxes(1, 2)
    return mosaic.reshape(*pixels.shape[:2], *predicted.shape[3:])


def predict(
    pixels: Float32, predictor: Predictor, largest: int, margin: int, stride: int
) -> Float32:
    """Predict a whole scene window by window.

    The result does not depend on `largest` if the margin covers the receptive field.

    Args:
        pixels: (height, width, bands) standardised.
        predictor: (n, height, width, bands) → (n, height, width, …).
        largest: Upper limit of a window's side, margins included, pixels.
        margin: Margin of each window, pixels.
        stride: Cores start at multiples of it, pixels.

    Returns:
        (height, width, …).
    """
    shape, result = pixels.shape[:2], np.empty(0, np.float32)
    for window in windows(shape, max(largest, 2 * margin + stride), margin, stride):
        core = predict_window(lambda w: cut_window(pixels, w), predictor, window, shape)
        if not result.size:
            result = np.empty((*shape, *core.shape[2:]), np.float32)
        result[window.core(shape)] = core
    return result


def predict_scene(
    pixels: Float32, predictor: TilePredictor, stride: int
) -> tuple[Float32, Float32 | None]:
    """Predict a whole scene tile by tile.

    Args:
        pixels: (height, width, bands) standardised.
        predictor: The network.
        stride: Cores start at multiples of it, pixels.

    Returns:
        The (height, width) output and deviation, see `TilePredictor.predict`.
    """
    shape, margin = pixels.shape[:2], predictor.margin
    output, deviation = np.empty(shape, np.float32), np.empty(shape, np.float32)
    deviates = False
    for window in windows(shape, predictor.core_side + 2 * margin, margin, stride):
        rows, columns = core = window.core(shape)
        inside = slice(rows.stop - rows.start), slice(columns.stop - columns.start)
        predicted, spread = predictor.predict(cut_window(pixels, window))
        output[core], deviates = predicted[inside], spread is not None
        if spread is not None:
            deviation[core] = spread[inside]
    return output, deviation if deviates else None
