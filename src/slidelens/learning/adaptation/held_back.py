"""Train and predict with one fold of the marks held back at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from slidelens.dataset.parts import UNKNOWN
from slidelens.learning.adaptation.counts import MarkCounts, count_marks, mapped_shares
from slidelens.learning.adaptation.marked import MarkedGround
from slidelens.learning.adaptation.sample import Sample
from slidelens.learning.adaptation.training import Weights, train_on_marks
from slidelens.learning.data.tiles import Tiles
from slidelens.learning.training.fit import mean_output
from slidelens.learning.training.settings import Settings
from slidelens.types import Float32, Float64, Int32, Int64, UInt8

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Held:
    """The marks of a fold, as tiles.

    Attributes:
        tiles: Tiles with the labels of these marks alone.
        numbers: (n, length, length) mark of each pixel.
    """

    tiles: Tiles
    numbers: Int32

    def first_channels(self, number: int) -> Held:
        """Return the tiles with their first channels only."""
        tiles = replace(self.tiles, pixels=self.tiles.pixels[..., :number])
        return replace(self, tiles=tiles)


@dataclass(frozen=True)
class Outputs:
    """Outputs of networks that have not learnt from the pixels.

    Attributes:
        values: (pixels,) outputs.
        labels: (pixels,) 0 or 1.
        numbers: (pixels,) mark of each.
    """

    values: Float32
    labels: UInt8
    numbers: Int32


def predict_held(
    network: keras.Model, weights: Sequence[Weights], held: Sequence[Held], symmetries: int
) -> Outputs:
    """Predict each fold with weights that have not learnt from it."""
    parts = []
    for own, fold in zip(weights, held, strict=True):
        network.set_weights(own)
        output = mean_output(network, fold.tiles, symmetries)
        known = fold.tiles.labels != UNKNOWN
        parts.append((output[known], fold.tiles.labels[known], fold.numbers[known]))
    values, labels, numbers = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Outputs(values, labels, numbers)


def count_outputs(outputs: Outputs, marks: int) -> MarkCounts:
    """Count the pixels of each mark.

    Args:
        outputs: Outputs on marks held back.
        marks: Number of marks.
    """
    return count_marks(outputs.values, outputs.labels, outputs.numbers, marks)


def scene_outputs(network: keras.Model, sample: Sample) -> Float32:
    """Return the (pixels,) outputs of a network in a sample of a scene."""
    output: Float32 = mean_output(network, sample.as_tiles, 1)[sample.core][sample.valid]
    return output


def map_with_folds(network: keras.Model, weights: Sequence[Weights], sample: Sample) -> Float64:
    """Return the share of a scene that is mapped at each threshold, the mean of some networks.

    Args:
        network: The network; it ends with the last weights.
        weights: Weights of each.
        sample: Tiles of the scene.
    """
    shares = []
    for own in weights:
        network.set_weights(own)
        shares.append(mapped_shares(scene_outputs(network, sample)))
    mean: Float64 = np.mean(shares, axis=0)
    return mean


def train_folds(
    network: keras.Model,
    start: Weights,
    ground: MarkedGround,
    folds: Int64,
    held: Sequence[Held],
    settings: Settings,
) -> list[Weights]:
    """Return the weights trained without each fold."""
    return [
        train_on_marks(
            network,
            start,
            ground.only(folds != fold),
            each.tiles,
            settings,
            f"without part {fold + 1}/{len(held)}",
        )
        for fold, each in enumerate(held)
    ]
