"""One network on one prepared ground: from the split to fitted weights and a threshold, without a look at test ground."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from slidelens.geo.prepared import Prepared
from slidelens.learning.calibration import DEFAULT_THRESHOLD, FEWEST_PIXELS, Calibration, best_threshold, calibration
from slidelens.learning.ensemble import build_members, members_of
from slidelens.learning.freezing import freeze
from slidelens.learning.inference import Predictor, symmetric
from slidelens.learning.patches import Ground, visible
from slidelens.learning.split import TRAIN, VALIDATION, block_px
from slidelens.learning.training import (
    History,
    Row,
    Settings,
    Tiles,
    blend_for,
    blended,
    precision_policy,
    predict_tiles,
    predictor,
    score_tiles,
    strategy,
    train,
    validation_tiles,
)
from slidelens.learning.weights import Card, load_into, read_card, require_architecture
from slidelens.params import Params, Split

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Fitted:
    """A trained network with what its weights file will say, its history, and its scores on validation ground.

    network: of several members one model of them all, whose scores are those of their mean
    """

    network: keras.Model
    card: Card
    history: History
    validation: Row


def material(prepared: Prepared, split: Split) -> tuple[Ground, Tiles]:
    """What training learns from, and what epoch and threshold are chosen by: test blocks look like nodata in both."""
    parts, tile_px = prepared.parts, prepared.tile_px
    ground, checked = (
        visible(prepared.standardised(seen=seen), prepared.labels, seen, where, tile_px)
        for seen, where in ((parts == TRAIN, parts == TRAIN), ((parts == TRAIN) | (parts == VALIDATION), parts == VALIDATION))
    )
    return ground, validation_tiles(checked, block_px(split, prepared.scene.grid.pixel_m, tile_px))


def fit(
    prepared: Prepared,
    params: Params,
    settings: Settings,
    name: str,
    start: Path | None,
    on_epoch: Callable[[int, Row], None],
    seen: tuple[Ground, Tiles] | None = None,
) -> Fitted:
    """Train on the train blocks, choose epoch and threshold on the validation blocks.

    start: weights to begin with, each member with its own; None for random ones
    seen: what to learn from and to choose by, None for the `material` of the split
    """
    ground, tiles = seen or material(prepared, params.split)
    with strategy().scope():
        precision, members = precision_policy(params.learning.mixed_precision), params.learning.members
        network = build_members(params.model, params.filters, ground.pixels.shape[2], members, precision, settings.seed)
        if start is not None:
            load_into(network, start)
    first, before = network.get_weights(), None if start is None else read_card(start)
    learnt = before.trained_on if before else ()
    history, probabilities = _train_members(network, ground, tiles, settings, name, on_epoch, tuning=start is not None)
    blend = blend_for(ground.labels, settings) if learnt else 1.0  # random weights are not worth keeping
    if blend < 1:
        network.set_weights(blended(first, network.get_weights(), blend))
    as_trained = params.evaluate.symmetries * members == 1 and blend == 1
    output = probabilities if as_trained else mean_output(network, tiles, params.evaluate.symmetries)
    calibrated, threshold = _judged(network, ground, tiles, output, params, before if learnt else None)
    card = Card(
        params.model,
        params.filters,
        prepared.statistics,
        prepared.scene.grid.pixel_m,
        float(calibrated(np.array(threshold, np.float32))),  # rounded it may lie above every pixel
        (*learnt, name),
        calibrated,
        params.evaluate.symmetries,
        members,
        prepared.tile_px or prepared.around_px,
    )
    return Fitted(network, card, history, score_tiles(tiles, output, params.learning, threshold))


def _judged(
    network: keras.Model, ground: Ground, tiles: Tiles, output: NDArray[np.float32], params: Params, before: Card | None
) -> tuple[Calibration, float]:
    """What makes probabilities of outputs, and the output from which a pixel is landslide, both chosen on the validation tiles.

    Where these hold too little landslide to choose by, the calibration is that of the weights that it was trained from, and the threshold
    is chosen on the training ground too: weights that stay near their start (`blend_for`) do not know it by heart.
    output: of the tiles; before: what the weights at the start say of themselves, if they had learnt anything
    """
    if before is None or (tiles.labels == 1).sum() >= FEWEST_PIXELS:
        return calibration(output, tiles.labels, params.evaluate.calibration), best_threshold(output, tiles.labels)
    trained = validation_tiles(ground, tiles.side)
    outputs = np.concatenate([output, mean_output(network, trained, params.evaluate.symmetries)])
    return before.calibration, best_threshold(outputs, np.concatenate([tiles.labels, trained.labels]))


def _train_members(
    network: keras.Model, ground: Ground, tiles: Tiles, settings: Settings, name: str, on_epoch: Callable[[int, Row], None], tuning: bool
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
    call = symmetric(predictor(network), symmetries, Calibration())
    return predict_tiles(lambda pixels: call(pixels)[..., 0], tiles)


def random_start(card: Card, seed: int) -> tuple[keras.Model, Card]:
    """The network of a card as it is before any training, and what its weights file will say. seed: the first member's"""
    return _network(card, seed), replace(card, threshold=DEFAULT_THRESHOLD, trained_on=(), calibration=Calibration())


def _network(card: Card, seed: int | None = None) -> keras.Model:
    return build_members(card.model, card.filters, len(card.statistics.bands), card.members, seed=seed)


def load_network(path: Path) -> tuple[Card, Predictor]:
    """A weights file's card and its network as a callable."""
    card = read_card(path)
    network = _network(card)
    load_into(network, path)
    return card, predictor(network)


def in_turn(paths: Sequence[Path], params: Params) -> Iterator[tuple[Card, Predictor]]:
    """Each weights file's card and its network; one network takes the weights in turn, so that it is compiled once.

    Raises WeightsError where a file is of another architecture than params.yaml asks for.
    """
    cards = [read_card(path) for path in paths]
    for card, path in zip(cards, paths, strict=True):
        require_architecture(card, params.model, params.filters, params.learning.members, path)
    network = _network(cards[0])
    call = predictor(network)
    for card, path in zip(cards, paths, strict=True):
        load_into(network, path)
        yield card, call
