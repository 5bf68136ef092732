"""From prepared data to calibrated weights, without test blocks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from slidelens.dataset.parts import TRAIN, VALIDATION, block_px
from slidelens.dataset.prepared import Prepared
from slidelens.learning.data.tiles import (
    PooledTiles,
    Row,
    Tiles,
    predict_tiles,
    score_sources,
    score_tiles,
    tile_batches,
    tile_side,
    true_weights,
    validation_tiles,
)
from slidelens.learning.data.training_data import Mixture, TrainingData, training_data
from slidelens.learning.inference.calibration import Calibration, fit_calibration
from slidelens.learning.inference.loading import build_from_metadata
from slidelens.learning.inference.starting import build_start
from slidelens.learning.inference.symmetries import average_symmetries
from slidelens.learning.inference.thresholds import (
    DEFAULT_THRESHOLD,
    MIN_LANDSLIDE_PIXELS,
    BestThreshold,
    best_threshold,
)
from slidelens.learning.inference.weights import WeightsMetadata, load_into, read_weights_metadata
from slidelens.learning.inference.windows import Predictor
from slidelens.learning.networks.ensemble import members_of
from slidelens.learning.networks.memory import require_network_memory
from slidelens.learning.runtime import compile_predictor, precision_policy, strategy
from slidelens.learning.training.averaging import blend_share, blend_weights
from slidelens.learning.training.history import History
from slidelens.learning.training.optimizer import freeze
from slidelens.learning.training.settings import Settings
from slidelens.learning.training.trainer import train
from slidelens.params.schema import Params, SplitParams
from slidelens.types import Float32

if TYPE_CHECKING:
    import keras

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fitted:
    """A trained network.

    Attributes:
        network: One Keras model, of all members if there are several.
        metadata: What the weights file will hold besides the weights.
        history: Epochs of all members.
        validation: Scores of the mean of the members on the validation tiles.
        sources: These scores of each source, by its name, if there are several.
    """

    network: keras.Model
    metadata: WeightsMetadata
    history: History
    validation: Row
    sources: dict[str, Row]


def training_and_validation_data(
    prepared: Prepared, split: SplitParams
) -> tuple[TrainingData, Tiles]:
    """Return the data to learn from, and the tiles to choose epoch and threshold on.

    Test blocks look like nodata in both; validation blocks do in the former.
    """
    parts, tile_px = prepared.split_map, prepared.tile_px
    training, validation = (
        training_data(prepared, visible, labelled)
        for visible, labelled in (
            (parts == TRAIN, parts == TRAIN),
            ((parts == TRAIN) | (parts == VALIDATION), parts == VALIDATION),
        )
    )
    side = block_px(split, prepared.scene.grid.pixel_m, tile_px, prepared.block_px)
    return training, validation_tiles(validation, tile_px or tile_side(side))


def fit(
    prepared: Prepared,
    params: Params,
    settings: Settings,
    name: str,
    start: Path | None,
    on_epoch: Callable[[int, Row], None],
    data: tuple[TrainingData | Mixture, Tiles | PooledTiles] | None = None,
    labelled_share: float = 1.0,
) -> Fitted:
    """Train on the train blocks; choose epoch, calibration and threshold without test blocks.

    Epoch and calibration are chosen on the validation blocks, and so is the threshold of a training
    from random weights; that of weights tuned from a start is chosen on the train blocks as well.

    Args:
        prepared: Prepared data of a date or of the pretraining event; of several sources, one.
        params: Architecture, evaluation and split.
        settings: Settings of the training.
        name: Name of the date or stage.
        start: Weights file to start from, each member with its own; None: random weights.
        on_epoch: Called with the number and the row of each epoch.
        data: Data to learn from and tiles to choose by; None: those of the split.
        labelled_share: Share of the landslide pixels of the train blocks that is labelled.
    """
    training, tiles = data or training_and_validation_data(prepared, params.split)
    if not (tiles.labels == 1).any():
        log.warning(
            "%s: the validation blocks hold no landslide, by which the best epoch is told, so that "
            "the training may end too early; map more landslides, or set another split.seed or a "
            "smaller split.block_m",
            name,
        )
    network = _initial_network(params, prepared.scene.bands, settings.seed, start)
    initial_weights = network.get_weights()
    pretrained = None if start is None else read_weights_metadata(start)
    if pretrained is not None and not pretrained.trained_on:
        pretrained = None  # random weights hold nothing that is worth keeping
    history, probabilities = _train_members(
        network, training, tiles, settings, name, on_epoch, tuning=start is not None
    )
    blend = 1.0
    if pretrained and isinstance(training, TrainingData):
        blend = blend_share(training.labels, settings)
    if blend < 1:
        network.set_weights(blend_weights(initial_weights, network.get_weights(), blend))
    symmetries = params.evaluate.symmetries
    as_trained = symmetries * params.learning.members == 1 and blend == 1
    predictor = mean_predictor(network, symmetries)
    output = probabilities if as_trained else predict_tiles(predictor, tiles)
    calibration = _fit_calibration(output, tiles, params, pretrained)
    if start is None or isinstance(tiles, PooledTiles) or isinstance(training, Mixture):
        threshold = best_threshold(output, tiles.labels, true_weights(tiles))
    else:
        threshold = _choose_threshold(output, tiles, training, predictor, labelled_share)
    trained_on = (*(pretrained.trained_on if pretrained else ()), name)
    return Fitted(
        network=network,
        metadata=_metadata(prepared, params, trained_on, calibration, threshold),
        history=history,
        validation=score_tiles(tiles, output, params.learning, threshold, true_weights(tiles)),
        sources=score_sources(tiles, output, params.learning, threshold),
    )


def _initial_network(
    params: Params, bands: tuple[str, ...], seed: int, start: Path | None
) -> keras.Model:
    require_network_memory(params.filters, len(bands), params.learning.members)
    with strategy().scope():
        network = build_start(
            params.model,
            params.filters,
            bands,
            params.learning.members,
            precision_policy(params.learning.mixed_precision),
            seed,
        )
        if start is not None:
            load_into(network, start)
    return network


def _metadata(
    prepared: Prepared,
    params: Params,
    trained_on: tuple[str, ...],
    calibration: Calibration,
    threshold: float,
) -> WeightsMetadata:
    """Return what the weights file will hold; threshold: of the output, not yet calibrated."""
    return WeightsMetadata(
        model=params.model,
        filters=params.filters,
        statistics=prepared.statistics,
        pixel_m=prepared.scene.grid.pixel_m,
        # Not rounded: it might exceed every pixel.
        threshold=float(calibration(np.array(threshold, np.float32))),
        trained_on=trained_on,
        calibration=calibration,
        symmetries=params.evaluate.symmetries,
        members=params.learning.members,
        local_window_px=prepared.tile_px or prepared.local_window_px,
    )


def _fit_calibration(
    output: Float32, tiles: Tiles | PooledTiles, params: Params, pretrained: WeightsMetadata | None
) -> Calibration:
    """Fit the calibration; the pretrained one is kept if too few landslide pixels are checked."""
    if pretrained is not None and (tiles.labels == 1).sum() < MIN_LANDSLIDE_PIXELS:
        return pretrained.calibration
    how = params.evaluate.calibration
    return fit_calibration(output, tiles.labels, how, true_weights(tiles))


def _choose_threshold(
    output: Float32,
    tiles: Tiles,
    training: TrainingData,
    predictor: Predictor,
    labelled_share: float,
) -> float:
    """Return the threshold of fine-tuned weights, by the train and the validation blocks.

    The validation blocks of one date hold few landslides. Both are ground that the weights are for,
    and blended weights (`blend_share`) have hardly overfitted the train blocks.

    Args:
        output: Output of the validation tiles.
        tiles: Validation tiles.
        training: Data of the train blocks.
        predictor: The network with its symmetries.
        labelled_share: Share of the landslide pixels of the train blocks that is labelled. Their
            bare ground counts as much, or the threshold would be too high.
    """
    best = BestThreshold()
    best.add(output, tiles.labels)
    for batch in tile_batches(training, tiles.side):
        best.add(predict_tiles(predictor, batch), batch.labels, labelled_share)
    return best.choose()


def _train_members(
    network: keras.Model,
    training: TrainingData | Mixture,
    tiles: Tiles | PooledTiles,
    settings: Settings,
    name: str,
    on_epoch: Callable[[int, Row], None],
    tuning: bool,
) -> tuple[History, Float32]:
    """Train the members one after another, each with the next seed.

    Returns their common history, and the last one's probabilities of the tiles.
    """
    members, history = members_of(network), History()
    for number, member in enumerate(members):
        title = name if len(members) == 1 else f"{name} member {number + 1}/{len(members)}"
        freeze(member, settings.freeze)
        _, probabilities = train(
            member,
            training,
            tiles,
            replace(settings, seed=(settings.seed + number) % 2**32),
            title,
            on_epoch,
            tuning=tuning,
            history=history,
        )
    return history, probabilities


def mean_output(network: keras.Model, tiles: Tiles | PooledTiles, symmetries: int) -> Float32:
    """Return the uncalibrated mean output over symmetries and members, see `predict_tiles`."""
    return predict_tiles(mean_predictor(network, symmetries), tiles)


def mean_predictor(network: keras.Model, symmetries: int) -> Predictor:
    """Return a predictor of the uncalibrated mean output over symmetries and members."""
    predictor = average_symmetries(compile_predictor(network), symmetries, Calibration())
    return lambda pixels: predictor(pixels)[..., 0]


def random_start(metadata: WeightsMetadata, seed: int) -> tuple[keras.Model, WeightsMetadata]:
    """Return a network of the same architecture with random weights, and its metadata.

    Args:
        metadata: Metadata of a trained network.
        seed: Seed of the first member's weights.
    """
    return build_from_metadata(metadata, seed), replace(
        metadata, threshold=DEFAULT_THRESHOLD, trained_on=(), calibration=Calibration(), sources={}
    )
