"""Classifiers of single pixels from marks."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from slidelens.dataset.parts import UNKNOWN
from slidelens.dataset.standardisation import BandStatistics
from slidelens.learning.adaptation.sample import take_sample
from slidelens.learning.adaptation.spectral import (
    Samples,
    fit_spectral,
    samples_of_marks,
    spectral_places,
    spread_of_marks,
    with_spectral,
)
from slidelens.learning.data.tiles import Tiles
from slidelens.learning.networks.spectral import pixel_features
from slidelens.types import Float32

RANDOM = np.random.default_rng(1)
SCENE: Float32 = expit(RANDOM.uniform(-6, 6, 10_000)).astype(np.float32)


def samples(number: int = 2000, share: float = 0.1) -> Samples:
    """Pixels that the first feature tells apart, and the second in no way."""
    landslide = RANDOM.random(number) < share
    features = RANDOM.normal(size=(number, 3)).astype(np.float32)
    features[:, 0] += 3 * landslide
    return Samples(features, landslide, np.ones(number, np.int32))


def statistics(*bands: str) -> BandStatistics:
    return BandStatistics(bands, (0.0,) * len(bands), (1.0,) * len(bands), 1)


@pytest.mark.parametrize(
    ("bands", "places"),
    [
        (("red", "nir"), (0, 1)),
        (("red", "nir", "level_red", "level_nir"), (2, 3)),
        (("red", "slope", "change_red", "change_known"), (0, 1)),
    ],
)
def test_the_classifier_sees_levels_or_all_but_the_change(
    bands: tuple[str, ...], places: tuple[int, ...]
) -> None:
    assert spectral_places(statistics(*bands)) == places


def test_marks_in_one_place_are_not_spread() -> None:
    scene = take_sample(RANDOM.normal(size=(1280, 640, 2)).astype(np.float32), 1)
    everywhere = RANDOM.integers(0, (1280, 640), (200, 2))
    assert spread_of_marks(everywhere, scene) == pytest.approx(1, abs=0.2)
    assert spread_of_marks(everywhere // 4 + 300, scene) == pytest.approx(1 / 16, abs=0.02)
    assert spread_of_marks(everywhere[:1], scene) == 0
    band = everywhere.copy()
    band[:, 1] //= 10  # along one edge
    assert spread_of_marks(band, scene) == pytest.approx(0.1, abs=0.03)


def test_pixels_of_marks_keep_their_labels_and_numbers() -> None:
    pixels = RANDOM.normal(size=(2, 16, 16, 4)).astype(np.float32)
    labels = RANDOM.choice([0, 1, UNKNOWN], (2, 16, 16)).astype(np.uint8)
    numbers = RANDOM.integers(1, 5, (2, 16, 16)).astype(np.int32)
    found, known = samples_of_marks(Tiles(pixels, labels, 16), numbers, (3, 1)), labels != UNKNOWN
    np.testing.assert_array_equal(found.landslide, labels[known] == 1)
    np.testing.assert_array_equal(found.numbers, numbers[known])
    np.testing.assert_array_equal(found.features, pixel_features(pixels[..., [3, 1]])[known])


def test_it_learns_what_tells_landslides_apart_and_landslides_count_as_much_as_the_rest() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = fit_spectral(samples(), SCENE, 1)
    unseen = samples(5000)
    log_odds = fitted.log_odds(unseen.features)
    assert (log_odds[unseen.landslide] > 0).mean() > 0.85
    assert (log_odds[~unseen.landslide] < 0).mean() > 0.85  # where 9 of 10 pixels are
    same, other = (fit_spectral(samples_of_seed(), SCENE, seed) for seed in (1, 2))
    np.testing.assert_array_equal(fit_spectral(samples_of_seed(), SCENE, 1).hidden, same.hidden)
    assert not np.array_equal(same.hidden, other.hidden)


def samples_of_seed() -> Samples:
    random = np.random.default_rng(5)
    return Samples(
        random.normal(size=(90, 3)).astype(np.float32),
        np.arange(90) % 3 == 0,
        np.ones(90, np.int32),
    )


def test_few_and_many_pixels_can_be_learnt_from() -> None:
    few = samples(12, 0.5)
    few = replace(few, landslide=np.arange(12) < 6)
    assert np.isfinite(fit_spectral(few, SCENE, 1).log_odds(few.features)).all()
    one_kind = replace(few, landslide=np.ones(12, bool))
    assert np.isfinite(fit_spectral(one_kind, SCENE, 1).log_odds(few.features)).all()
    many = samples(70_000, 0.01)
    found = fit_spectral(many, SCENE, 1).log_odds(many.features)
    assert (found > 0)[many.landslide].mean() > 0.85


def test_the_log_odds_of_the_network_are_scaled_to_half_a_standard_deviation() -> None:
    fitted = fit_spectral(samples(), SCENE, 1)
    assert fitted.network_scale * logit(SCENE.astype(float)).std() == pytest.approx(0.5, rel=0.02)
    features, output = samples(50).features, SCENE[:50]
    expected = expit(fitted.network_scale * logit(output.astype(float)) + fitted.log_odds(features))
    np.testing.assert_allclose(with_spectral(output, features, fitted), expected, atol=1e-6)
    # A network that says the same everywhere does not become infinitely loud.
    assert fit_spectral(samples(), np.full(100, 0.2, np.float32), 1).network_scale <= 500
