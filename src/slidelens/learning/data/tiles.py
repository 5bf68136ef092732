"""Validation blocks as equal tiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slidelens.analysis.accuracy.confusion import count
from slidelens.dataset.parts import UNKNOWN
from slidelens.errors import SceneError
from slidelens.learning.data.patches import TrainingData
from slidelens.learning.inference.thresholds import DEFAULT_THRESHOLD
from slidelens.learning.inference.windows import Predictor
from slidelens.learning.scores import pooled_loss
from slidelens.params.schema import LearningParams
from slidelens.types import Float32, UInt8

_SURROUNDINGS = 32  # pixels around a validation tile that its prediction may look at


@dataclass(frozen=True)
class Tiles:
    """Ground to judge by, as equal tiles. pixels: (n, length, length, bands); labels: (n, length, length), UNKNOWN where not scored.

    side: of a tile without its surroundings, pixels
    """

    pixels: Float32
    labels: UInt8
    side: int


def validation_tiles(ground: TrainingData, side: int) -> Tiles:
    """The known pixels of a ground as tiles with surroundings.

    side: of a tile without them, pixels; that of the split's blocks, so that each block is one tile
    """
    around = 0 if ground.tile_px else _SURROUNDINGS
    length = -(-(side + 2 * around) // 16) * 16
    rows, columns = (range(0, extent, side) for extent in ground.labels.shape)
    grow = [(around, side + length), (around, side + length)]
    pixels = np.pad(ground.pixels, [*grow, (0, 0)])
    labels = np.pad(ground.labels, grow, constant_values=UNKNOWN)
    core = np.zeros((length, length), bool)
    core[around : around + side, around : around + side] = True
    places = [
        (slice(row, row + length), slice(column, column + length))
        for row in rows
        for column in columns
    ]
    places = [place for place in places if (labels[place][core] != UNKNOWN).any()]
    if not places:
        raise SceneError(
            "there is no known pixel on validation ground to choose the best epoch by; map more of the area, or make split.block_m smaller"
        )
    cores = [np.where(core, labels[place], np.uint8(UNKNOWN)) for place in places]
    return Tiles(np.stack([pixels[place] for place in places]), np.stack(cores), side)


def predict_tiles(predict: Predictor, tiles: Tiles, largest: int = 8) -> Float32:
    """(n, side, side) probabilities of the tiles, in batches of one size, for which the network is compiled once."""
    count = len(tiles.pixels)
    batch = -(-count // -(-count // largest))
    chunks = [tiles.pixels[first : first + batch] for first in range(0, count, batch)]
    missing = batch - len(chunks[-1])
    chunks[-1] = np.pad(chunks[-1], [(0, missing), (0, 0), (0, 0), (0, 0)])
    return np.concatenate([predict(chunk) for chunk in chunks])[:count]


def score_tiles(
    tiles: Tiles,
    probabilities: Float32,
    learning: LearningParams,
    threshold: float = DEFAULT_THRESHOLD,
) -> Row:
    """Pooled loss, and F1, precision and recall at a threshold, of the tiles."""
    known = tiles.labels != UNKNOWN
    counts = count(tiles.labels == 1, probabilities >= threshold, known)
    loss = pooled_loss(tiles.labels, probabilities, learning)
    return {"loss": loss, "f1": counts.f1, "precision": counts.precision, "recall": counts.recall}


Row = dict[str, float | int | None]
