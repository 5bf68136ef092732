"""Adapt weights to marked ground, as far as marks held back support it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from slidelens.dataset.standardisation import BandStatistics
from slidelens.learning.adaptation.choice import (
    Candidate,
    Draws,
    Score,
    choose,
    is_refuted,
    thresholds_without,
)
from slidelens.learning.adaptation.counts import mapped_shares, scene_f1
from slidelens.learning.adaptation.doubts import FEWEST_BARE, FEWEST_LANDSLIDES, doubts
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
from slidelens.learning.adaptation.spectral import (
    fit_spectral,
    held_outputs,
    network_with_spectral,
    samples_of_marks,
    scene_features,
    spectral_places,
    spread_of_marks,
    widen,
    with_spectral,
)
from slidelens.learning.adaptation.training import Weights, adaptation_settings, train_on_marks
from slidelens.learning.inference.thresholds import LOGITS, middle_of_best, threshold_index
from slidelens.learning.inference.weights import Origin, WeightsMetadata
from slidelens.learning.networks.spectral import SpectralWeights
from slidelens.learning.training.averaging import blend_weights
from slidelens.learning.training.settings import Settings
from slidelens.types import Float32, Float64, Int64

if TYPE_CHECKING:
    import keras

log = logging.getLogger(__name__)

START, THRESHOLD, SPECTRAL, NETWORK = "start", "threshold", "spectral", "network"
EPOCHS = 4
# Weights halfway between the start and those trained on the marks keep more of what the start knows
# of ground without marks. Source: Wortsman et al. (2022), arXiv:2109.01903, section 4.
_BLEND = 0.5
# By which a candidate has to be better than those before; the share of resampled marks also refutes
# the classifier where it is worse.
_GAIN, _CERTAINTY = 0.01, 0.7
_SPECTRAL_FOLDS = 10
_LEAST_SPREAD = 0.25  # of marks that show the colours of a scene, `spread_of_marks`


@dataclass(frozen=True)
class Adapted:
    """Adapted weights.

    Attributes:
        network: The network, with the weights to use.
        metadata: What the weights file will hold besides the weights.
        chosen: `start`, `threshold`, `spectral` or `network`: what was changed.
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
        spectral: The classifier that has learnt from all marks; None if it has none.
    """

    candidate: Candidate
    outputs: Outputs
    spectral: SpectralWeights | None = None


@dataclass(frozen=True)
class _Task:
    """What the candidates start from and learn from.

    Attributes:
        network: The network.
        start: Its weights.
        metadata: Their metadata.
        ground: The marks, with all channels.
        sample: Tiles of the scene, with all channels.
        channels: Statistics of all channels: those of the network, and levels.
        settings: Settings of the training.
        title: What the progress calls it.
    """

    network: keras.Model
    start: Weights
    metadata: WeightsMetadata
    ground: MarkedGround
    sample: Sample
    channels: BandStatistics
    settings: Settings
    title: str

    @property
    def own(self) -> int:
        """Number of channels of the network."""
        return len(self.metadata.statistics.bands)

    @property
    def places(self) -> tuple[int, ...]:
        """Positions of the channels of the classifier of pixels; none if it makes no sense.

        Standardised by its surroundings alone, a pixel tells nothing of its colour.
        """
        if self.metadata.spectral_units or (
            self.metadata.local_window_px and len(self.channels.bands) == self.own
        ):
            return ()
        return spectral_places(self.channels)


def adapt_network(
    network: keras.Model,
    metadata: WeightsMetadata,
    digest: str,
    ground: MarkedGround,
    sample: Sample,
    seed: int,
    name: str,
    settings: Settings | None = None,
    channels: BandStatistics | None = None,
) -> Adapted:
    """Adapt a network to marked ground.

    A classifier of single pixels, fitted to the marks, is put beside the network, unless marks held
    back tell that the map gets worse. Then, and where there can be none, the start, the start with
    another threshold and calibration, and a network that was trained on the marks are compared; the
    start is kept unless another is clearly better.

    Args:
        network: A network with the weights to start from; it ends with other ones.
        metadata: Metadata of the start.
        digest: SHA-256 of its file.
        ground: What is known, of two landslides and a place without any at least.
        sample: Tiles of the scene.
        seed: Seed of patches and draws.
        name: Name of the scene.
        settings: Settings of the training, of `EPOCHS` epochs; by default those of
            `adaptation_settings`.
        channels: Statistics of the channels of ground and sample, those of the network first; by
            default they have no others.
    """
    task = _Task(
        network=network,
        start=network.get_weights(),
        metadata=metadata,
        ground=ground,
        sample=sample,
        channels=channels or metadata.statistics,
        settings=settings or adaptation_settings(EPOCHS, seed),
        title=f"adapt {name}",
    )
    tried, draws = _try_all(task, seed)
    candidates, share = [each.candidate for each in tried], draws.share
    scores = [draws.score(each) for each in candidates]
    for each, of_each in zip(candidates, scores, strict=True):
        text = "adapt %s: %s: F1 %.3f (%.3f to %.3f) by marks held back"
        log.info(text, name, each.name, of_each.f1, of_each.low, of_each.high)
    best = _choose(candidates, draws)
    chosen, score = tried[best], scores[best]
    counts, mapped = chosen.candidate.counts, chosen.candidate.mapped
    threshold = middle_of_best(scene_f1(counts.recall(), mapped, share))
    kind = chosen.candidate.name
    found = doubts(ground.landslides, ground.bare, score, *_mapped_by_start(candidates[0]))
    origin = Origin(weights=digest, chosen=kind, landslides=ground.landslides, bare=ground.bare)
    if not found:
        origin = replace(origin, f1=score.f1, f1_low=score.low, f1_high=score.high)
    network, metadata = _final_network(task, chosen)
    adapted = replace(metadata, adapted=origin)
    if kind != START:
        final = LOGITS[threshold]
        if kind in (SPECTRAL, NETWORK) and mapped[threshold]:
            of_network = sample.first_channels(len(metadata.statistics.bands))
            final = logit_of_share(network, of_network, mapped[threshold])
        adapted = calibrated(adapted, chosen.outputs, counts, share, threshold, float(final))
    if kind == NETWORK:
        adapted = replace(adapted, trained_on=(*metadata.trained_on, name))
    return Adapted(network, adapted, kind, score, scores[0], share, found)


def _try_all(task: _Task, seed: int) -> tuple[list[_Tried], Draws]:
    """Return the candidates, the start first, and draws of the marks to compare them by.

    The network is trained only if there is no classifier that the marks leave standing.
    """
    network, start, symmetries = task.network, task.start, task.metadata.symmetries
    ground, sample = task.ground.first_channels(task.own), task.sample.first_channels(task.own)
    folds = assign_folds(ground.centres, ground.is_landslide)
    held = [Held(*ground.only(folds == fold).tiles()) for fold in range(folds.max() + 1)]
    outputs = predict_held(network, [start] * len(held), held, symmetries)
    counts, scene = count_outputs(outputs, len(folds)), scene_outputs(network, sample)
    mapped = mapped_shares(scene)
    own = threshold_index(task.metadata.calibration.output(task.metadata.threshold))
    draws = Draws(counts, scene, mapped[own], seed)
    tried = [
        _Tried(Candidate(START, counts, mapped, np.full(len(folds), own)), outputs),
        _tried(THRESHOLD, outputs, mapped, folds, draws.share),
    ]
    if task.places and _show_colours(task):
        spectral = _try_spectral(task, scene, draws.share, seed)
        if not is_refuted(spectral.candidate, tried[0].candidate, draws, _CERTAINTY):
            return [*tried, spectral], draws
        tried.append(spectral)
    trained = train_folds(network, start, ground, folds, held, task.settings)
    blended = [blend_weights(start, each, _BLEND) for each in trained]
    outputs = predict_held(network, blended, held, symmetries)
    mapped = map_with_folds(network, blended, sample)
    tried.append(_tried(NETWORK, outputs, mapped, folds, draws.share))
    return tried, draws


def _show_colours(task: _Task) -> bool:
    """Return whether marks show the colours of the scene: enough of them, from all over it."""
    ground = task.ground
    if ground.landslides < FEWEST_LANDSLIDES or ground.bare < FEWEST_BARE:
        return False
    spread = spread_of_marks(ground.centres[ground.is_landslide], task.sample)
    if spread < _LEAST_SPREAD:
        log.info(
            "%s: the marked landslides lie close together, which leaves the colours of the rest of"
            " the image unknown: no spectral classifier; mark some all over the image",
            task.title,
        )
    return spread >= _LEAST_SPREAD


def _tried(name: str, outputs: Outputs, mapped: Float64, folds: Int64, share: float) -> _Tried:
    """Return a candidate whose thresholds are chosen without the fold of each mark."""
    counts = count_outputs(outputs, len(folds))
    thresholds = thresholds_without(counts, mapped, folds, share)
    return _Tried(Candidate(name, counts, mapped, thresholds), outputs)


def _try_spectral(task: _Task, scene: Float32, share: float, seed: int) -> _Tried:
    """Return the start with a classifier of single pixels beside it.

    A classifier is fitted in a second, so that more folds are held back than of a network: each
    learns from nearly as many marks as the final one.
    """
    folds = assign_folds(task.ground.centres, task.ground.is_landslide, _SPECTRAL_FOLDS)
    held = Held(*task.ground.tiles())
    marks = samples_of_marks(held.tiles, held.numbers, task.places)
    of_pixel = folds[marks.numbers - 1]
    fitted = [
        fit_spectral(marks.chosen(of_pixel != fold), scene, seed) for fold in range(folds.max() + 1)
    ]
    features = scene_features(task.sample, task.places)
    mapped = [mapped_shares(with_spectral(scene, features, each)) for each in fitted]
    own, symmetries = [held.first_channels(task.own)], task.metadata.symmetries
    start = predict_held(task.network, [task.start], own, symmetries)
    outputs = held_outputs(start, marks, folds, fitted)
    tried = _tried(SPECTRAL, outputs, np.mean(mapped, axis=0), folds, share)
    return replace(tried, spectral=fit_spectral(marks, scene, seed))


def _choose(candidates: Sequence[Candidate], draws: Draws) -> int:
    """Return the number of the candidate to use.

    A classifier that the marks do not refute is the last one. A few marks hardly tell what it is
    worth, but in all measurements it was better then; the others must be clearly better.
    """
    if candidates[-1].name == SPECTRAL:
        return len(candidates) - 1
    others = [each for each in candidates if each.name != SPECTRAL]
    return candidates.index(choose(others, draws, _GAIN, _CERTAINTY))


def _mapped_by_start(start: Candidate) -> tuple[float, float]:
    """Return the shares of the bare marks' ground, and of the scene, that the start maps."""
    threshold, box = start.thresholds[0], ~start.counts.is_landslide
    bare = start.counts.bare[box, threshold].sum() / start.counts.bare_px[box].sum()
    return float(bare), float(start.mapped[threshold])


def _final_network(task: _Task, chosen: _Tried) -> tuple[keras.Model, WeightsMetadata]:
    """Return the network of a candidate, which has learnt from all marks, and its metadata."""
    network, start = task.network, task.start
    network.set_weights(start)
    if chosen.spectral is not None:
        metadata = widen(task.metadata, task.channels)
        return network_with_spectral(network, metadata, chosen.spectral), metadata
    if chosen.candidate.name == NETWORK:
        ground = task.ground.first_channels(task.own)
        tiles, _ = ground.tiles()
        trained = train_on_marks(network, start, ground, tiles, task.settings, task.title)
        network.set_weights(blend_weights(start, trained, _BLEND))
    return network, task.metadata
