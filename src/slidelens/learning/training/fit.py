"""Train a network on prepared data: from the split to weights and a threshold, without test blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from slidelens.dataset.parts import TRAIN, VALIDATION, block_px
from slidelens.dataset.prepared import Prepared
from slidelens.learning.data.patches import TrainingData, hide_outside
from slidelens.learning.data.tiles import Row, Tiles, predict_tiles, score_tiles, validation_tiles
from slidelens.learning.inference.calibration import Calibration, fit_calibration
from slidelens.learning.inference.symmetries import average_symmetries
from slidelens.learning.inference.thresholds import (
    DEFAULT_THRESHOLD,
    MIN_LANDSLIDE_PIXELS,
    best_threshold,
)
from slidelens.learning.inference.weights import WeightsMetadata, load_into, read_weights_metadata
from slidelens.learning.networks.ensemble import build_members, members_of
from slidelens.learning.runtime import compile_predictor, precision_policy, strategy
from slidelens.learning.training.averaging import blend_share, blend_weights
from slidelens.learning.training.history import History
from slidelens.learning.training.optimizer import freeze
from slidelens.learning.training.settings import Settings
from slidelens.learning.training.trainer import train
from slidelens.params.schema import Params, SplitParams

if TYPE_CHECKING:
    import keras
from slidelens.learning.inference.loading import build_from_metadata


@dataclass(frozen=True)
class Fitted:
    """A trained network with what its weights file will say, its history, and its scores on validation ground.

    network: of several members one model of them all, whose scores are those of their mean
    """

    network: keras.Model
    card: WeightsMetadata
    history: History
    validation: Row


def training_and_validation_data(
    prepared: Prepared, split: SplitParams
) -> tuple[TrainingData, Tiles]:
    """What training learns from, and what epoch and threshold are chosen by: test blocks look like nodata in both."""
    parts, tile_px = prepared.split_map, prepared.tile_px
    ground, checked = (
        hide_outside(prepared.standardised(seen=seen), prepared.labels, seen, where, tile_px)
        for seen, where in (
            (parts == TRAIN, parts == TRAIN),
            ((parts == TRAIN) | (parts == VALIDATION), parts == VALIDATION),
        )
    )
    return ground, validation_tiles(checked, block_px(split, prepared.scene.grid.pixel_m, tile_px))


def fit(
    prepared: Prepared,
    params: Params,
    settings: Settings,
    name: str,
    start: Path | None,
    on_epoch: Callable[[int, Row], None],
    seen: tuple[TrainingData, Tiles] | None = None,
) -> Fitted:
    """Train on the train blocks, choose epoch and threshold on the validation blocks.

    start: weights to begin with, each member with its own; None for random ones
    seen: what to learn from and to choose by, None for the `material` of the split
    """
    ground, tiles = seen or training_and_validation_data(prepared, params.split)
    with strategy().scope():
        precision, members = (
            precision_policy(params.learning.mixed_precision),
            params.learning.members,
        )
        network = build_members(
            params.model, params.filters, ground.pixels.shape[2], members, precision, settings.seed
        )
        if start is not None:
            load_into(network, start)
    first, before = network.get_weights(), None if start is None else read_weights_metadata(start)
    learnt = before.trained_on if before else ()
    history, probabilities = _train_members(
        network, ground, tiles, settings, name, on_epoch, tuning=start is not None
    )
    blend = (
        blend_share(ground.labels, settings) if learnt else 1.0
    )  # random weights are not worth keeping
    if blend < 1:
        network.set_weights(blend_weights(first, network.get_weights(), blend))
    as_trained = params.evaluate.symmetries * members == 1 and blend == 1
    output = (
        probabilities if as_trained else mean_output(network, tiles, params.evaluate.symmetries)
    )
    calibrated, threshold = _calibrate_and_choose_threshold(
        network, ground, tiles, output, params, before if learnt else None
    )
    card = WeightsMetadata(
        params.model,
        params.filters,
        prepared.statistics,
        prepared.scene.grid.pixel_m,
        float(calibrated(np.array(threshold, np.float32))),  # rounded it may lie above every pixel
        (*learnt, name),
        calibrated,
        params.evaluate.symmetries,
        members,
        prepared.tile_px or prepared.local_window_px,
    )
    return Fitted(network, card, history, score_tiles(tiles, output, params.learning, threshold))


def _calibrate_and_choose_threshold(
    network: keras.Model,
    ground: TrainingData,
    tiles: Tiles,
    output: NDArray[np.float32],
    params: Params,
    before: WeightsMetadata | None,
) -> tuple[Calibration, float]:
    """What makes probabilities of outputs, and the output from which a pixel is landslide, both chosen on the validation tiles.

    Where these hold too little landslide to choose by, the calibration is that of the weights that it was trained from, and the threshold
    is chosen on the training ground too: weights that stay near their start (`blend_for`) do not know it by heart.
    output: of the tiles; before: what the weights at the start say of themselves, if they had learnt anything
    """
    if before is None or (tiles.labels == 1).sum() >= MIN_LANDSLIDE_PIXELS:
        return fit_calibration(output, tiles.labels, params.evaluate.calibration), best_threshold(
            output, tiles.labels
        )
    trained = validation_tiles(ground, tiles.side)
    outputs = np.concatenate([output, mean_output(network, trained, params.evaluate.symmetries)])
    return before.calibration, best_threshold(
        outputs, np.concatenate([tiles.labels, trained.labels])
    )


def _train_members(
    network: keras.Model,
    ground: TrainingData,
    tiles: Tiles,
    settings: Settings,
    name: str,
    on_epoch: Callable[[int, Row], None],
    tuning: bool,
) -> tuple[History, NDArray[np.float32]]:
    """Train the members apart, one after another, each with the next seed; the history of them all, and the last one's probabilities."""
    members, history = members_of(network), History()
    for number, member in enumerate(members):
        own = replace(settings, seed=settings.seed + number)
        title = name if len(members) == 1 else f"{name} member {number + 1}/{len(members)}"
        freeze(member, settings.freeze)
        _, probabilities = train(member, ground, tiles, own, title, on_epoch, tuning, history)
    return history, probabilities


def mean_output(network: keras.Model, tiles: Tiles, symmetries: int) -> NDArray[np.float32]:
    """The mean over symmetries and members, (n, side, side), not yet calibrated."""
    call = average_symmetries(compile_predictor(network), symmetries, Calibration())
    return predict_tiles(lambda pixels: call(pixels)[..., 0], tiles)


def random_start(card: WeightsMetadata, seed: int) -> tuple[keras.Model, WeightsMetadata]:
    """The network of a card as it is before any training, and what its weights file will say. seed: the first member's."""
    return build_from_metadata(card, seed), replace(
        card, threshold=DEFAULT_THRESHOLD, trained_on=(), calibration=Calibration()
    )
