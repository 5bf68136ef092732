"""Adapt weights to marked ground, if that is clearly better on marks held back."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from slidelens.dataset.parts import UNKNOWN
from slidelens.learning.adaptation.choice import Candidate, Draws, Score, choose, thresholds_without
from slidelens.learning.adaptation.counts import (
    MarkCounts,
    choose_threshold,
    count_marks,
    output_at,
    threshold_index,
)
from slidelens.learning.adaptation.folds import assign_folds
from slidelens.learning.adaptation.marked import MarkedGround
from slidelens.learning.adaptation.sample import Sample
from slidelens.learning.adaptation.share import landslide_share
from slidelens.learning.adaptation.training import Weights, adaptation_settings, train_on_marks
from slidelens.learning.data.tiles import Tiles
from slidelens.learning.inference.calibration import Calibration, fit_calibration
from slidelens.learning.inference.weights import Origin, WeightsMetadata
from slidelens.learning.training.averaging import blend_weights
from slidelens.learning.training.fit import mean_output
from slidelens.learning.training.settings import Settings
from slidelens.types import Float32, Int32, Int64, UInt8

if TYPE_CHECKING:
    import keras

log = logging.getLogger(__name__)

START, THRESHOLD, NETWORK = "start", "threshold", "network"
EPOCHS = 4
_KEPT = (2, 4)  # epochs after which weights are tried
_BLENDS = (0.5, 1.0)  # shares of them, the rest is the start
_GAIN, _CERTAINTY = 0.01, 0.7  # by which another candidate has to be better than the start
_MOST_PIXELS = 200_000  # that a calibration is fitted to


@dataclass(frozen=True)
class Adapted:
    """Adapted weights.

    Attributes:
        network: The network, with the weights to use.
        metadata: What the weights file will hold besides the weights.
        chosen: `start`, `threshold` or `network`: what was changed.
        score: F1 on marks that were held back.
        start: F1 of the start on the marks.
        share: Share of the scene that is landslide, estimated.
    """

    network: keras.Model
    metadata: WeightsMetadata
    chosen: str
    score: Score
    start: Score
    share: float


@dataclass(frozen=True)
class _Held:
    """The marks of a fold, as tiles.

    Attributes:
        tiles: Tiles with the labels of these marks alone.
        numbers: (n, length, length) mark of each pixel.
    """

    tiles: Tiles
    numbers: Int32


@dataclass(frozen=True)
class _Outputs:
    """Outputs of networks that have not learnt from the pixels.

    Attributes:
        values: (pixels,) outputs.
        labels: (pixels,) 0 or 1.
        numbers: (pixels,) mark of each.
    """

    values: Float32
    labels: UInt8
    numbers: Int32


def adapt_network(
    network: keras.Model,
    metadata: WeightsMetadata,
    digest: str,
    ground: MarkedGround,
    sample: Sample,
    seed: int,
    name: str,
    settings: Settings | None = None,
) -> Adapted:
    """Adapt a network to marked ground.

    The start, the start with another threshold and calibration, and networks that were trained on
    the marks are compared on marks held back. The start is kept unless another is clearly better.

    Args:
        network: A network with the weights to start from; it ends with those to use.
        metadata: Metadata of the start.
        digest: SHA-256 of its file.
        ground: What is known, of two landslides and a place without any at least.
        sample: Tiles of the scene.
        seed: Seed of patches and draws.
        name: Name of the scene.
        settings: Settings of the training, of at least `EPOCHS` epochs; by default those of
            `adaptation_settings`.
    """
    settings = settings or adaptation_settings(EPOCHS, seed)
    start = network.get_weights()
    folds = assign_folds(ground.centres, ground.is_landslide)
    held = [_Held(*ground.only(folds == fold).tiles()) for fold in range(folds.max() + 1)]
    marks = len(folds)
    log.info(
        "adapt %s: %d landslides and %d bare places in %d folds",
        name,
        ground.landslides,
        marks - ground.landslides,
        len(held),
    )
    outputs = {START: _predict(network, [start] * len(held), held, metadata.symmetries)}
    counts = _count(outputs[START], marks)
    share = landslide_share(counts, _scene_outputs(network, sample))
    own = threshold_index(metadata.calibration.output(metadata.threshold))
    candidates = [
        Candidate(START, counts, np.full(marks, own)),
        Candidate(THRESHOLD, counts, thresholds_without(counts, folds, share)),
    ]
    weights = _train_folds(network, start, ground, folds, held, settings)
    for epoch, blend in [(epoch, blend) for epoch in _KEPT for blend in _BLENDS]:
        key = f"{NETWORK} {epoch} {blend}"
        blended = [blend_weights(start, each[epoch - 1], blend) for each in weights]
        outputs[key] = _predict(network, blended, held, metadata.symmetries)
        counts = _count(outputs[key], marks)
        candidates.append(Candidate(key, counts, thresholds_without(counts, folds, share)))
    draws = Draws(candidates[0].counts, share, seed)
    best = choose(candidates, draws, _GAIN, _CERTAINTY)
    for each in candidates:
        score = draws.score(each)
        log.info(
            "adapt %s: %s F1 %.3f (%.3f to %.3f) on marks held back",
            name,
            each.name,
            score.f1,
            score.low,
            score.high,
        )
    if best.name.startswith(NETWORK):
        _, epoch, blend = best.name.split()
        tiles = ground.tiles()[0]
        trained = train_on_marks(
            network, start, ground, tiles, settings, f"adapt {name}"
        )
        network.set_weights(blend_weights(start, trained[int(epoch) - 1], float(blend)))
    else:
        network.set_weights(start)
    chosen = best.name.split()[0]
    origin = Origin(
        weights=digest,
        chosen=chosen,
        landslides=ground.landslides,
        bare=marks - ground.landslides,
    )
    adapted = replace(metadata, adapted=origin)
    if chosen != START:
        adapted = _calibrated(
            adapted, best, outputs[START if chosen == THRESHOLD else best.name], share
        )
    return Adapted(network, adapted, chosen, draws.score(best), draws.score(candidates[0]), share)


def _predict(
    network: keras.Model, weights: Sequence[Weights], held: Sequence[_Held], symmetries: int
) -> _Outputs:
    """Predict each fold with weights that have not learnt from it."""
    parts = []
    for own, fold in zip(weights, held, strict=True):
        network.set_weights(own)
        output = mean_output(network, fold.tiles, symmetries)
        known = fold.tiles.labels != UNKNOWN
        parts.append((output[known], fold.tiles.labels[known], fold.numbers[known]))
    values, labels, numbers = (np.concatenate(each) for each in zip(*parts, strict=True))
    return _Outputs(values, labels, numbers)


def _count(outputs: _Outputs, marks: int) -> MarkCounts:
    return count_marks(outputs.values, outputs.labels, outputs.numbers, marks)


def _scene_outputs(network: keras.Model, sample: Sample) -> Float32:
    """Return the (pixels,) outputs of a network in a sample of a scene."""
    output: Float32 = mean_output(network, sample.as_tiles, 1)[sample.core][sample.valid]
    return output


def _train_folds(
    network: keras.Model,
    start: Weights,
    ground: MarkedGround,
    folds: Int64,
    held: Sequence[_Held],
    settings: Settings,
) -> list[list[Weights]]:
    """Train without each fold; return the weights after each epoch."""
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


def _calibrated(
    metadata: WeightsMetadata, chosen: Candidate, outputs: _Outputs, share: float
) -> WeightsMetadata:
    """Return metadata with threshold and calibration of marks held back."""
    threshold = output_at(choose_threshold(chosen.counts.f1(share)))
    calibration = _fit(outputs, chosen.counts, share)
    return replace(
        metadata,
        calibration=calibration,
        threshold=float(np.clip(calibration(np.array(threshold, np.float32)), 1e-6, 1 - 1e-6)),
    )


def _fit(outputs: _Outputs, counts: MarkCounts, share: float) -> Calibration:
    """Fit a calibration to pixels repeated as often as there is ground like them."""
    box = ~counts.is_landslide[outputs.numbers - 1]
    times = np.where(box, counts.box_weight(share), 1.0)
    number = min(_MOST_PIXELS, int(np.ceil(times.sum())))
    # At equal steps through the pixels, each as long as the ground that it stands for.
    steps = (np.arange(number) + 0.5) * times.sum() / number
    pixels = np.searchsorted(times.cumsum(), steps).clip(0, len(times) - 1)
    return fit_calibration(outputs.values[pixels], outputs.labels[pixels], "platt")
