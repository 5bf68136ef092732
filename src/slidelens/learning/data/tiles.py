"""Validation blocks as tiles of equal size, and their scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slidelens.analysis.accuracy.confusion import count
from slidelens.dataset.parts import UNKNOWN
from slidelens.errors import SceneError
from slidelens.geo.windowed import Part, grow
from slidelens.learning.data.patches import TrainingData
from slidelens.learning.data.pixels import read_pixels
from slidelens.learning.inference.thresholds import DEFAULT_THRESHOLD
from slidelens.learning.inference.windows import Predictor
from slidelens.learning.scores import pooled_loss
from slidelens.params.schema import LearningParams
from slidelens.resources import require_memory
from slidelens.types import Float32, UInt8

Row = dict[str, float | int | None]  # losses and scores of one epoch

_CONTEXT_PX = 32  # around a validation tile, for its prediction
_LARGEST_TILE_PX = 512  # side; memory and time of a batch grow with its square


@dataclass(frozen=True)
class Tiles:
    """Tiles of equal size with context around them.

    Attributes:
        pixels: (n, length, length, bands) standardised.
        labels: (n, length, length), UNKNOWN where not scored, which includes the context.
        side: Side of a tile without its context, pixels.
    """

    pixels: Float32
    labels: UInt8
    side: int


def tile_side(block_px: int) -> int:
    """Return the side of validation tiles: that of a block, or of an equal part of a large one.

    Args:
        block_px: Side of a block, pixels.
    """
    return -(-block_px // -(-block_px // _LARGEST_TILE_PX))


def validation_tiles(data: TrainingData, side: int) -> Tiles:
    """Cut the known pixels of validation data into tiles.

    Args:
        data: Data with labels in the validation blocks only.
        side: Side of a tile without its context, pixels, that of the split's blocks.

    Raises:
        SceneError: No pixel is known.
        ResourceError: The tiles are too large for the memory.
    """
    context = 0 if data.tile_px else _CONTEXT_PX
    length = -(-(side + 2 * context) // 16) * 16
    (height, width), bands = data.labels.shape, data.pixels.shape[2]
    cores = [
        (slice(row, min(row + side, height)), slice(column, min(column + side, width)))
        for row in range(0, height, side)
        for column in range(0, width, side)
    ]
    cores = [core for core in cores if (data.labels[core] != UNKNOWN).any()]
    if not cores:
        raise SceneError(
            "no known pixel in the validation blocks to choose the best epoch by; "
            "map more of the area, or reduce split.block_m"
        )
    require_memory(
        (4.0 * bands + 1) * len(cores) * length**2,
        f"validation in tiles of {side} × {side} pixels",
        "make split.block_m smaller",
    )
    pixels = np.zeros((len(cores), length, length, bands), np.float32)
    labels = np.full((len(cores), length, length), UNKNOWN, np.uint8)
    for index, core in enumerate(cores):
        top, left = (piece.start - context for piece in core)
        around = grow((slice(top, top + length), slice(left, left + length)), 0, (height, width))
        pixels[index][_moved(around, top, left)] = read_pixels(data.pixels, around)
        labels[index][_moved(core, top, left)] = data.labels[core]
    return Tiles(pixels, labels, side)


def _moved(part: Part, row: int, column: int) -> Part:
    """Return a part in an array whose first pixel is at a row and column."""
    rows, columns = part
    return slice(rows.start - row, rows.stop - row), slice(
        columns.start - column, columns.stop - column
    )


def predict_tiles(predict: Predictor, tiles: Tiles, largest: int = 8) -> Float32:
    """Predict the tiles in batches of equal size, for which the network is compiled once.

    Args:
        predict: (batch, length, length, bands) → (batch, length, length).
        tiles: n tiles.
        largest: Upper limit of the batch size.

    Returns:
        (n, length, length) probabilities.
    """
    number = len(tiles.pixels)
    batch = -(-number // -(-number // largest))
    chunks = [tiles.pixels[first : first + batch] for first in range(0, number, batch)]
    missing = batch - len(chunks[-1])
    chunks[-1] = np.pad(chunks[-1], [(0, missing), (0, 0), (0, 0), (0, 0)])
    return np.concatenate([predict(chunk) for chunk in chunks])[:number]


def score_tiles(
    tiles: Tiles,
    probabilities: Float32,
    learning: LearningParams,
    threshold: float = DEFAULT_THRESHOLD,
) -> Row:
    """Return loss, F1, precision and recall at a threshold, pooled over the tiles."""
    known = tiles.labels != UNKNOWN
    counts = count(tiles.labels == 1, probabilities >= threshold, known)
    loss = pooled_loss(tiles.labels, probabilities, learning)
    return {"loss": loss, "f1": counts.f1, "precision": counts.precision, "recall": counts.recall}
