"""Curves that map one image to the radiometry of another."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from slidelens.analysis.radiometry.histogram_matching import (
    Curve,
    invariant_pixels,
    match,
    match_deviation,
    match_histogram,
    match_regression,
)
from slidelens.types import Float64
from support.images.radiometry import two_dates

Pair = tuple[Float64, Float64]

GAIN, OFFSET = np.array([1.5, 0.8]), np.array([-200.0, 60.0])


def test_a_curve_by_hand() -> None:
    # through (1, 10) and (3, 20): 15 at 2; before and after it goes on with 2 for 1
    curve = Curve((1.0, 3.0), (10.0, 20.0), 2.0)
    assert curve(np.array([0, 1, 2, 3, 5])).tolist() == [8, 10, 15, 20, 24]
    assert Curve((0.0,), (7.0,), 0.5)(np.array([[-2], [4]])).tolist() == [[6], [9]]
    assert curve.offset == 8


def test_means_and_deviations_by_hand() -> None:
    # 1, 3: mean 2, deviation 1; 10, 30: mean 20, deviation 10
    curve = match_deviation(np.array([1.0, 3]), np.array([30.0, 10]))
    assert (curve.gain, curve.offset) == (10, 0)
    assert match_deviation(np.array([4.0, 4]), np.array([1.0, 3])) == Curve((0.0,), (-2.0,), 1.0)


def test_orthogonal_regression_by_hand() -> None:
    # Covariances of (0, 0), (1, 2), (2, 1) are 1, 0.5, 1: by symmetry the line of least squared
    # distances has slope 1, through (1, 1).
    curve = match_regression(np.array([0.0, 1, 2]), np.array([0.0, 2, 1]))
    assert (curve.gain, curve.offset) == pytest.approx((1, 0))
    # (−2, −1), (0, 0), (2, 1) lie exactly on a line of slope 0.5; mirrored, it falls and is useless
    assert match_regression(np.array([-2.0, 0, 2]), np.array([-1.0, 0, 1])).gain == pytest.approx(
        0.5
    )
    assert match_regression(np.array([-2.0, 0, 2]), np.array([1.0, 0, -1])).gain == 0


def test_a_histogram_takes_the_shape_of_the_other() -> None:
    rng = np.random.default_rng(1)
    band, reference = rng.normal(100, 10, 20_000), rng.gamma(2, 50, 20_000)
    matched = match_histogram(band, reference)(band)
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    np.testing.assert_allclose(
        np.quantile(matched, levels), np.quantile(reference, levels), rtol=0.01
    )
    assert (np.diff(match_histogram(band, reference)(np.linspace(0, 300, 1000))) >= 0).all()


def test_a_histogram_of_few_values_and_of_one() -> None:
    # half 1, half 2 against half 10, half 30: the middle quantile may go to either
    band, reference = np.repeat([1.0, 2.0], 500), np.repeat([10.0, 30.0], 500)
    np.testing.assert_allclose(
        match_histogram(band, reference)(np.array([1.0, 2.0])), [10, 30], atol=0.2
    )
    flat = match_histogram(np.full(100, 5.0), np.full(100, 8.0))
    assert flat(np.array([5.0, 6.0])).tolist() == [8, 9]


def relight(pixels: Float64) -> Float64:
    """Change the radiometry of an image so that GAIN and OFFSET restore it."""
    relit: Float64 = (pixels - OFFSET) / GAIN
    return relit


def test_invariant_pixels_give_the_gain_and_offset_though_a_fifth_has_changed() -> None:
    image, reference, _ = two_dates()
    found = match("ir_mad", relight(image), reference)
    assert found.instead is None
    assert 30 <= found.pixels < 500
    assert [curve.gain for curve in found.curves] == pytest.approx(GAIN.tolist(), rel=0.005)
    assert [curve.offset for curve in found.curves] == pytest.approx(OFFSET.tolist(), abs=5)
    plain = [
        match_deviation(*bands).gain for bands in zip(relight(image).T, reference.T, strict=True)
    ]
    assert abs(plain[0] / GAIN[0] - 1) > 0.05  # which means and standard deviations do not


def test_a_band_that_falls_where_the_other_rises_is_not_made_constant() -> None:
    """Invariant pixels are found whatever the sign; a regression line of slope 0 is of no use."""
    rng = np.random.default_rng(1)
    reference = rng.normal([500, 300], [80, 40], (2000, 2))
    image = reference * [1.5, -0.8] + rng.normal(0, 1, (2000, 2))
    found = match("ir_mad", image, reference)
    assert invariant_pixels(image, reference)[1] is None
    assert (
        found.instead == "a band of the invariant pixels does not rise with that of the reference"
    )
    assert [curve.gain for curve in found.curves] == pytest.approx([1 / 1.5, 1 / 0.8], rel=0.01)


def test_without_noise_they_are_exact() -> None:
    image, reference, changed = two_dates(noise=0)
    found = match("ir_mad", relight(image), reference)
    assert found.pixels == (~changed).sum()
    assert [(curve.gain, curve.offset) for curve in found.curves] == [
        pytest.approx(line) for line in zip(GAIN, OFFSET, strict=True)
    ]


def test_histograms_of_all_pixels_restore_another_radiometry() -> None:
    reference = two_dates()[1]
    found = match("histogram", relight(reference), reference)
    matched = np.column_stack(
        [curve(band) for curve, band in zip(found.curves, relight(reference).T, strict=True)]
    )
    np.testing.assert_allclose(matched, reference, rtol=0.02)


def few_invariant(image: Float64, reference: Float64) -> Pair:
    return image[:60], reference[:60]


def change_everywhere(image: Float64, reference: Float64) -> Pair:
    return np.random.default_rng(3).permutation(image), reference


def without_contrast(image: Float64, reference: Float64) -> Pair:
    return image * np.array([1, 0]), reference


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (few_invariant, "pixels are invariant, 30 are needed"),
        (change_everywhere, "the largest canonical correlation is 0.0., 0.5 is needed"),
        (without_contrast, "a band has no contrast"),
    ],
)
def test_where_little_is_shared_means_and_deviations_are_matched(
    spoil: Callable[[Float64, Float64], Pair], why: str
) -> None:
    image, reference = spoil(*two_dates()[:2])
    found = match("ir_mad", image, reference)
    assert found.instead is not None
    assert re.search(why, found.instead)
    assert invariant_pixels(image, reference)[1] == found.instead
    assert found.pixels == len(image)
    assert found.curves[0] == match_deviation(image[:, 0], reference[:, 0])


def test_a_few_outliers_have_no_influence_on_the_histogram() -> None:
    """Three of 1,000 pixels at either end, less than the outermost of 256 equal parts."""
    rng = np.random.default_rng(9)
    band, reference = rng.uniform(100, 200, 1000), rng.uniform(10, 30, 1000)
    highest, lowest = np.argsort(band)[-3:], np.argsort(reference)[:3]
    glint, shadow = band.copy(), reference.copy()
    glint[highest], shadow[lowest] = 1e6, -1e6
    assert match_histogram(glint, shadow) == match_histogram(band, reference)
