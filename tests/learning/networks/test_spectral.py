"""A classifier of single pixels beside a network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit

from slidelens.learning.inference.engines.onnxruntime import compile_onnxruntime
from slidelens.learning.inference.engines.openvino import compile_openvino
from slidelens.learning.inference.engines.tensorflow import compile_tensorflow
from slidelens.learning.inference.plans.extents import extents_of, margin_of
from slidelens.learning.inference.plans.plan import plan_of
from slidelens.learning.networks.memory import filters_of
from slidelens.learning.networks.registry import build_network, receptive_radius
from slidelens.learning.networks.spectral import (
    SIDES,
    SpectralWeights,
    pixel_features,
    set_spectral,
)
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.params.schema import ModelParams
from slidelens.types import Float32
from support.learning.networks import normalised_architectures

BANDS, LEVELS, UNITS = 2, 2, 5
RANDOM = np.random.default_rng(1)
PIXELS = RANDOM.normal(size=(128, 160, BANDS + LEVELS)).astype(np.float32)


def random_classifier(channels: int) -> SpectralWeights:
    features = channels * (1 + len(SIDES))
    return SpectralWeights(
        RANDOM.normal(size=(features, UNITS)).astype(np.float32),
        RANDOM.normal(size=UNITS).astype(np.float32),
        RANDOM.normal(size=UNITS).astype(np.float32),
        0.7,
        network_scale=0.4,
    )


def networks(model: ModelParams, levels: int) -> tuple[Any, Any, SpectralWeights]:
    """A random network, the same with a classifier beside it, and the classifier."""
    quiet_tensorflow()
    import keras

    keras.utils.set_random_seed(1)
    network = build_network(model, 3, BANDS)
    wide = build_network(model, 3, BANDS + levels, spectral_units=UNITS)
    classifier = random_classifier(levels or BANDS)
    places = range(BANDS, BANDS + levels) if levels else range(BANDS)
    set_spectral(wide, network, classifier, places)
    return network, wide, classifier


def call(network: Any, pixels: Float32) -> Float32:
    return np.asarray(network(pixels[None], training=False), np.float32)[0, ..., 0]


def test_the_features_are_the_channels_and_their_means_around_each_pixel() -> None:
    features = pixel_features(PIXELS[None])[0]
    channels = PIXELS.shape[2]
    assert features.shape == (128, 160, 3 * channels)
    np.testing.assert_array_equal(features[..., :channels], PIXELS)
    for number, side in enumerate(SIDES, 1):
        own, half = features[50, 60, number * channels : (number + 1) * channels], side // 2
        around = PIXELS[50 - half : 51 + half, 60 - half : 61 + half]
        np.testing.assert_allclose(own, around.mean(axis=(0, 1)), atol=1e-6)
        corner = features[0, 0, number * channels]  # beyond the edge there is 0
        np.testing.assert_allclose(corner, PIXELS[: half + 1, : half + 1, 0].sum() / side**2, 1e-4)


@normalised_architectures
@pytest.mark.parametrize("levels", [0, LEVELS])
def test_the_log_odds_of_both_are_added(architecture: str, normalisation: str, levels: int) -> None:
    model = ModelParams(architecture=architecture, normalisation=normalisation)  # type: ignore[arg-type]
    network, wide, classifier = networks(model, levels)
    given = PIXELS[..., : BANDS + levels]
    seen = given[..., BANDS:] if levels else given
    log_odds = classifier.log_odds(pixel_features(seen[None])[0].reshape(-1, 3 * seen.shape[2]))
    own = call(network, given[..., :BANDS]).astype(np.float64)
    exact = (own > 1e-4) & (own < 1 - 1e-3)  # nearer to 1, float32 has lost the logit
    assert exact.mean() > 0.1
    expected = expit(0.4 * logit(own) + log_odds.reshape(own.shape))
    assert expected[exact].std() > 0.05
    np.testing.assert_allclose(call(wide, given)[exact], expected[exact], atol=2e-4)
    assert filters_of(wide) == 3


@normalised_architectures
def test_every_engine_computes_it_and_it_reaches_no_further(
    architecture: str, normalisation: str
) -> None:
    model = ModelParams(architecture=architecture, normalisation=normalisation)  # type: ignore[arg-type]
    network, wide, _ = networks(model, LEVELS)
    plan = plan_of(wide)
    extents = extents_of(plan)
    margin = receptive_radius(model) if extents is None else margin_of(plan, extents)
    if extents is not None:
        own = plan_of(network)
        reach = extents_of(own)
        assert reach is not None
        assert margin == margin_of(own, reach)
    side = 2 * margin + 32
    pixels = np.random.default_rng(2).normal(size=(side, side, BANDS + LEVELS)).astype(np.float32)
    expected = call(wide, pixels)[margin:-margin, margin:-margin]
    for compile_engine in (compile_tensorflow, compile_onnxruntime, compile_openvino):
        output = compile_engine(plan, extents, margin, "float32")(pixels)
        np.testing.assert_allclose(output, expected, atol=1e-4)


def test_only_the_classifier_sees_further_channels() -> None:
    network, wide, classifier = networks(ModelParams(), LEVELS)
    silent = SpectralWeights(
        np.zeros_like(classifier.hidden), classifier.hidden_bias * 0, classifier.output, 0.0
    )
    set_spectral(wide, network, silent, range(BANDS, BANDS + LEVELS))
    changed = PIXELS.copy()
    changed[..., BANDS:] += 1
    np.testing.assert_array_equal(call(wide, PIXELS), call(wide, changed))
