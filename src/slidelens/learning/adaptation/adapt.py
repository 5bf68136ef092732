"""Adapt weights to marked ground, if that is clearly better on marks held back."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from slidelens.learning.adaptation.choice import Candidate, Draws, Score, choose, thresholds_without
from slidelens.learning.adaptation.counts import mapped_shares, scene_f1
from slidelens.learning.adaptation.doubts import doubts
from slidelens.learning.adaptation.final_threshold import calibrated, logit_of_share
from slidelens.learning.adaptation.folds import assign_folds
from slidelens.learning.adaptation.held_back import (
    Held,
    Outputs,
    count_outputs,
    map_with_folds,
    predict_held,
    scene_outputs,
    train_folds,
)
from slidelens.learning.adaptation.marked import MarkedGround
from slidelens.learning.adaptation.sample import Sample
from slidelens.learning.adaptation.training import Weights, adaptation_settings, train_on_marks
from slidelens.learning.inference.thresholds import LOGITS, middle_of_best, threshold_index
from slidelens.learning.inference.weights import Origin, WeightsMetadata
from slidelens.learning.training.averaging import blend_weights
from slidelens.learning.training.settings import Settings

if TYPE_CHECKING:
    import keras

log = logging.getLogger(__name__)

START, THRESHOLD, NETWORK = "start", "threshold", "network"
EPOCHS = 4
# Weights halfway between the start and those trained on the marks keep more of what the start knows
# of ground without marks. Source: Wortsman et al. (2022), arXiv:2109.01903, section 4.
_BLEND = 0.5
_GAIN, _CERTAINTY = 0.01, 0.7  # by which a candidate has to be better than those before


@dataclass(frozen=True)
class Adapted:
    """Adapted weights.

    Attributes:
        network: The network, with the weights to use.
        metadata: What the weights file will hold besides the weights.
        chosen: `start`, `threshold` or `network`: what was changed.
        score: F1 of the map, estimated from marks held back and from what is mapped of the scene.
        start: The same of the start.
        share: Share of the scene that is landslide, estimated.
        doubts: Why the score is not to be trusted; empty if it is. The metadata hold a score that
            is to be trusted only.
    """

    network: keras.Model
    metadata: WeightsMetadata
    chosen: str
    score: Score
    start: Score
    share: float
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class _Tried:
    """A candidate, and its outputs on marks held back.

    Attributes:
        candidate: Its counts and thresholds.
        outputs: Outputs on marks that it has not learnt from.
    """

    candidate: Candidate
    outputs: Outputs


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

    The start, the start with another threshold and calibration, and a network that was trained on
    the marks are compared on marks held back. The start is kept unless another is clearly better.

    Args:
        network: A network with the weights to start from; it ends with those to use.
        metadata: Metadata of the start.
        digest: SHA-256 of its file.
        ground: What is known, of two landslides and a place without any at least.
        sample: Tiles of the scene.
        seed: Seed of patches and draws.
        name: Name of the scene.
        settings: Settings of the training, of `EPOCHS` epochs; by default those of
            `adaptation_settings`.
    """
    settings = settings or adaptation_settings(EPOCHS, seed)
    start = network.get_weights()
    tried, draws = _try_all(network, metadata, ground, sample, settings, seed)
    candidates, share = [each.candidate for each in tried], draws.share
    scores = [draws.score(each) for each in candidates]
    for each, of_each in zip(candidates, scores, strict=True):
        text = "adapt %s: %s: F1 %.3f (%.3f to %.3f) by marks held back"
        log.info(text, name, each.name, of_each.f1, of_each.low, of_each.high)
    best = candidates.index(choose(candidates, draws, _GAIN, _CERTAINTY))
    chosen, score = tried[best], scores[best]
    counts, mapped = chosen.candidate.counts, chosen.candidate.mapped
    threshold = middle_of_best(scene_f1(counts.recall(), mapped, share))
    _set_weights(network, start, ground, chosen, settings, f"adapt {name}")
    kind = chosen.candidate.name
    found = doubts(ground.landslides, ground.bare, score, *_mapped_by_start(candidates[0]))
    origin = Origin(weights=digest, chosen=kind, landslides=ground.landslides, bare=ground.bare)
    if not found:
        origin = replace(origin, f1=score.f1, f1_low=score.low, f1_high=score.high)
    adapted = replace(metadata, adapted=origin)
    if kind != START:
        final = LOGITS[threshold]
        if kind == NETWORK and mapped[threshold]:
            final = logit_of_share(network, sample, mapped[threshold])
        adapted = calibrated(adapted, chosen.outputs, counts, share, threshold, float(final))
    if kind == NETWORK:
        adapted = replace(adapted, trained_on=(*metadata.trained_on, name))
    return Adapted(network, adapted, kind, score, scores[0], share, found)


def _try_all(
    network: keras.Model,
    metadata: WeightsMetadata,
    ground: MarkedGround,
    sample: Sample,
    settings: Settings,
    seed: int,
) -> tuple[list[_Tried], Draws]:
    """Return the candidates, the start first, and draws of the marks to compare them by."""
    start, marks = network.get_weights(), len(ground.is_landslide)
    folds = assign_folds(ground.centres, ground.is_landslide)
    held = [Held(*ground.only(folds == fold).tiles()) for fold in range(folds.max() + 1)]
    outputs = predict_held(network, [start] * len(held), held, metadata.symmetries)
    counts, scene = count_outputs(outputs, marks), scene_outputs(network, sample)
    mapped = mapped_shares(scene)
    own = threshold_index(metadata.calibration.output(metadata.threshold))
    draws = Draws(counts, scene, mapped[own], seed)
    thresholds = thresholds_without(counts, mapped, folds, draws.share)
    tried = [
        _Tried(Candidate(START, counts, mapped, np.full(marks, own)), outputs),
        _Tried(Candidate(THRESHOLD, counts, mapped, thresholds), outputs),
    ]
    trained = train_folds(network, start, ground, folds, held, settings)
    blended = [blend_weights(start, each, _BLEND) for each in trained]
    outputs = predict_held(network, blended, held, metadata.symmetries)
    counts, mapped = count_outputs(outputs, marks), map_with_folds(network, blended, sample)
    thresholds = thresholds_without(counts, mapped, folds, draws.share)
    tried.append(_Tried(Candidate(NETWORK, counts, mapped, thresholds), outputs))
    return tried, draws


def _mapped_by_start(start: Candidate) -> tuple[float, float]:
    """Return the shares of the bare marks' ground, and of the scene, that the start maps."""
    threshold, box = start.thresholds[0], ~start.counts.is_landslide
    bare = start.counts.bare[box, threshold].sum() / start.counts.bare_px[box].sum()
    return float(bare), float(start.mapped[threshold])


def _set_weights(
    network: keras.Model,
    start: Weights,
    ground: MarkedGround,
    chosen: _Tried,
    settings: Settings,
    title: str,
) -> None:
    """Set the weights of a candidate, trained on all marks if it is a trained one."""
    if chosen.candidate.name != NETWORK:
        network.set_weights(start)
        return
    tiles, _ = ground.tiles()
    trained = train_on_marks(network, start, ground, tiles, settings, title)
    network.set_weights(blend_weights(start, trained, _BLEND))
