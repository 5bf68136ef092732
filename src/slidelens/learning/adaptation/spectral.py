"""Fit a classifier of single pixels to marks, to be used beside a network."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from slidelens.dataset.change_channels import own_channels
from slidelens.dataset.level_channels import level_places
from slidelens.dataset.parts import UNKNOWN
from slidelens.dataset.standardisation import BandStatistics
from slidelens.learning.adaptation.held_back import Outputs
from slidelens.learning.adaptation.sample import Sample
from slidelens.learning.adaptation.training import build_for_training
from slidelens.learning.data.tiles import Tiles
from slidelens.learning.inference.thresholds import logits_of
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.networks.ensemble import members_of
from slidelens.learning.networks.spectral import SpectralWeights, pixel_features, set_spectral
from slidelens.types import Float32, Int32, Int64, Mask

if TYPE_CHECKING:
    import keras

UNITS = 32
# Standard deviation of the network's log-odds in the scene, which are added to the classifier's.
# Source: benchmarks/RESULTS.md, "Adapting with a few marks".
_NETWORK_DEVIATION = 0.5
_MOST_PIXELS = 60_000  # that a classifier learns from
_PIXELS_SEEN, _FEWEST_PASSES, _MOST_PASSES = 400_000, 5, 30  # in all passes of a training
_PENALTY, _STEP, _BATCH = 0.1, 3e-3, 256


@dataclass(frozen=True)
class Samples:
    """Pixels of marks.

    Attributes:
        features: (n, features) of `pixel_features`.
        landslide: (n,) whether a pixel is landslide.
        numbers: (n,) mark of each pixel, from 1.
    """

    features: Float32
    landslide: Mask
    numbers: Int32

    def chosen(self, where: Mask | Int64) -> Samples:
        """Return some of the pixels."""
        return Samples(self.features[where], self.landslide[where], self.numbers[where])


def spectral_places(statistics: BandStatistics) -> tuple[int, ...]:
    """Return the positions of the channels that the classifier sees.

    These are the levels of the bands if the bands are standardised by their surroundings, else all
    channels but the change since an earlier image.

    Args:
        statistics: Of all channels.
    """
    return level_places(statistics.bands) or own_channels(statistics.bands)


def spread_of_marks(centres: Int64, sample: Sample) -> float:
    """Return how far marks are spread over a scene: 1 like random places, 0 in one place.

    Args:
        centres: (n, 2) row and column of the middle of each mark.
        sample: Tiles at random places of the scene.
    """
    of_scene = np.maximum(sample.corners.std(axis=0), 1)
    return float(np.prod(centres.std(axis=0) / of_scene))


def samples_of_marks(tiles: Tiles, numbers: Int32, places: Sequence[int]) -> Samples:
    """Return the pixels of marks.

    Args:
        tiles: Tiles around the marks.
        numbers: (n, length, length) mark of each pixel.
        places: Positions of the classifier's channels.
    """
    known = tiles.labels != UNKNOWN
    features = pixel_features(np.take(tiles.pixels, places, -1))[known]
    return Samples(features, tiles.labels[known] == 1, numbers[known])


def scene_features(sample: Sample, places: Sequence[int]) -> Float32:
    """Return the (pixels, features) of the valid pixels of a sample of a scene.

    Args:
        sample: Tiles of the scene.
        places: Positions of the classifier's channels.
    """
    return pixel_features(np.take(sample.pixels, places, -1))[sample.core][sample.valid]


def fit_spectral(samples: Samples, scene: Float32, seed: int) -> SpectralWeights:
    """Fit a classifier in which landslides and other ground count as much.

    Args:
        samples: Pixels of marks, of both kinds.
        scene: (pixels,) outputs of the network in a sample of the scene.
        seed: Seed of the weights and of the order of the pixels.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    order = np.random.default_rng(seed).permutation(len(samples.landslide))
    used = samples.chosen(np.sort(order[:_MOST_PIXELS]))
    pixels, share = len(used.landslide), used.landslide.mean()
    passes = int(np.clip(_PIXELS_SEEN / pixels, _FEWEST_PASSES, _MOST_PASSES))
    classifier = MLPClassifier(
        (UNITS,),
        alpha=_PENALTY,
        learning_rate_init=_STEP,
        batch_size=min(_BATCH, pixels),
        max_iter=passes,
        n_iter_no_change=passes + 1,
        random_state=seed,
    )
    least = 1 / pixels  # of each kind, of which the last place may be held back
    weights = np.where(used.landslide, 0.5 / max(share, least), 0.5 / max(1 - share, least))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of passes is meant
        classifier.fit(used.features, used.landslide, sample_weight=weights)
    (hidden, output), (hidden_bias, output_bias) = classifier.coefs_, classifier.intercepts_
    return SpectralWeights(
        hidden=hidden.astype(np.float32),
        hidden_bias=hidden_bias.astype(np.float32),
        output=output[:, 0].astype(np.float32),
        output_bias=float(output_bias[0]),
        network_scale=_NETWORK_DEVIATION / max(float(logits_of(scene).std()), 1e-3),
    )


def with_spectral(output: Float32, features: Float32, spectral: SpectralWeights) -> Float32:
    """Return the output of a network with the classifier beside it.

    Args:
        output: (pixels,) output of the network.
        features: (pixels, features) of the pixels.
        spectral: The classifier.
    """
    log_odds = spectral.network_scale * logits_of(output) + spectral.log_odds(features)
    result: Float32 = expit(log_odds).astype(np.float32)
    return result


def held_outputs(
    start: Outputs, marks: Samples, folds: Int64, fitted: Sequence[SpectralWeights]
) -> Outputs:
    """Return outputs with classifiers that have not learnt from the pixels.

    Args:
        start: Outputs of the network alone.
        marks: The same pixels in the same order.
        folds: (marks,) fold of each mark, from 0.
        fitted: Classifier without each fold.
    """
    values, of_pixel = start.values.copy(), folds[marks.numbers - 1]
    for fold, classifier in enumerate(fitted):
        own = of_pixel == fold
        values[own] = with_spectral(values[own], marks.features[own], classifier)
    return replace(start, values=values)


def widen(metadata: WeightsMetadata, channels: BandStatistics) -> WeightsMetadata:
    """Return the metadata of a network with a classifier beside it.

    Args:
        metadata: Of the network.
        channels: Statistics of the channels of both: those of the network, and levels.
    """
    return replace(metadata, statistics=channels, spectral_units=UNITS)


def network_with_spectral(
    network: keras.Model, metadata: WeightsMetadata, spectral: SpectralWeights
) -> keras.Model:
    """Return a network with a classifier beside it.

    Args:
        network: The network; its present weights are used.
        metadata: Of the network with the classifier, see `widen`.
        spectral: Weights of the classifier.
    """
    wide = build_for_training(metadata)
    places = spectral_places(metadata.statistics)
    for target, member in zip(members_of(wide), members_of(network), strict=True):
        set_spectral(target, member, spectral, places)
    return wide
