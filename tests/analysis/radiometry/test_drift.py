"""Drift of images with known shifts and spreads."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.analysis.radiometry.drift import distance, drift

RNG = np.random.default_rng(3)
TRAINING = RNG.normal((100.0, 200.0), (10.0, 20.0), (50_000, 2))
BANDS = ("red", "nir")


def test_the_same_image_is_at_no_distance() -> None:
    found = drift(TRAINING, TRAINING, BANDS)
    assert (found.distance, found.residual) == (0.0, 0.0)
    for band in found.bands:
        assert (band.shift, band.spread, band.distance) == pytest.approx((0, 1, 0), abs=1e-12)


def test_a_brighter_band_is_shifted_and_standardising_removes_the_shift() -> None:
    # 5 of a standard deviation of 10: half a standard deviation in red
    found = drift(TRAINING, TRAINING + (5.0, 0.0), BANDS)
    red, nir = found.bands
    assert red.band == "red"
    assert [red.shift, red.distance] == pytest.approx([0.5, 0.5], abs=0.01)
    assert (nir.shift, nir.distance) == pytest.approx((0, 0), abs=1e-12)
    # Projected onto (cos t, sin t) it is 0.5 |cos t|, in the mean 0.5 · 2 / π = 0.318
    assert found.distance == pytest.approx(0.318, abs=0.05)
    assert found.residual == pytest.approx(0, abs=1e-9)


def test_haze_that_halves_the_contrast_shows_in_the_spread() -> None:
    found = drift(TRAINING, (TRAINING - 100) / 2 + 100, BANDS)
    assert [band.spread for band in found.bands] == pytest.approx([0.5, 0.5], abs=0.01)


def test_another_mixture_of_ground_is_left_after_standardising() -> None:
    # two separate groups, high or low in both bands
    groups = np.where(RNG.random((50_000, 1)) < 0.5, -1.0, 1.0) * (10.0, 20.0) + (100.0, 200.0)
    assert drift(TRAINING, groups, BANDS).residual > 0.2


def test_the_residual_is_that_of_the_standardisation_in_use() -> None:
    # Own means but the training image's standard deviations: half the contrast stays half, and
    # E|z| / 2 = 0.4 in every direction
    hazy = (TRAINING - (100.0, 200.0)) / 2 + (150.0, 200.0)
    assert drift(TRAINING, hazy, BANDS).residual == pytest.approx(0, abs=0.01)
    partly = drift(TRAINING, hazy, BANDS, (hazy - hazy.mean(axis=0)) / TRAINING.std(axis=0))
    assert partly.residual == pytest.approx(np.sqrt(2 / np.pi) / 2, abs=0.01)


def test_a_band_without_contrast_is_no_division_by_nothing() -> None:
    found = drift(TRAINING, np.full((10, 2), 100.0), BANDS)
    assert np.isfinite([found.distance, found.residual]).all()
    assert found.bands[0].spread == 0


def test_the_distance_alone_is_the_same() -> None:
    brighter = TRAINING + (5.0, -3.0)
    assert distance(TRAINING, brighter) == drift(TRAINING, brighter, BANDS).distance
