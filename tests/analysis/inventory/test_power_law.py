"""Power-law tails: by hand, found again, and against the powerlaw package."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slidelens.analysis.inventory.power_law import (
    PowerLaw,
    compare_with_lognormal,
    estimate_plausibility,
    fit_power_law,
    to_sample,
)
from slidelens.types import Float64

areas = st.lists(st.integers(1, 400).map(lambda pixels: pixels * 25.0), min_size=2, max_size=40)


def pareto(n: int, alpha: float, xmin: float, seed: int = 0) -> Float64:
    """By inversion: P(A > a) = (a / xmin)^(1 - alpha)."""
    areas: Float64 = xmin * np.random.default_rng(seed).random(n) ** (-1 / (alpha - 1))
    return areas


def test_the_exponent_by_hand() -> None:
    # Above 1: alpha = 1 + 3 / (ln 1 + ln e + ln e²) = 2
    sample = to_sample(1e4 * np.array([1, np.e, np.e**2]))
    found = fit_power_law(sample)
    assert found is not None
    assert found.alpha == pytest.approx(2.0, rel=1e-6)
    assert (found.xmin_m2, found.n_tail) == (1e4, 3)
    assert found.alpha_error == pytest.approx(1 / np.sqrt(3), rel=1e-6)
    # F = 0, 1 − 1/e = 0.632, 1 − 1/e² = 0.865 against 0, 1/3, 2/3 below each: the largest gap is
    # 0.632 − 0.333; for a tail from e on it would be 0.365
    assert found.ks == pytest.approx(1 - 1 / np.e - 1 / 3, abs=1e-6)


@pytest.mark.parametrize("alpha", [1.8, 2.4, 3.1])
def test_a_power_law_is_found_again(alpha: float) -> None:
    found = fit_power_law(to_sample(pareto(4000, alpha, 900.0)))
    assert found is not None
    assert found.alpha == pytest.approx(alpha, abs=4 * found.alpha_error)
    assert found.n_tail > 400


def test_a_tail_is_found_under_a_body_that_is_none() -> None:
    body = np.random.default_rng(1).uniform(200, 2000, 3000)
    found = fit_power_law(to_sample(np.concatenate([body, pareto(3000, 2.4, 2000.0)])))
    assert found is not None
    assert found.xmin_m2 == pytest.approx(2000, rel=0.15)
    assert found.alpha == pytest.approx(2.4, abs=0.12)


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_the_powerlaw_package(seed: int) -> None:
    import powerlaw

    # Wide enough for exponents under 3, beyond which the package does not look
    drawn = np.exp(np.random.default_rng(seed).normal(7, 2.2, 120))
    sample = to_sample(drawn)
    found = fit_power_law(sample)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package divides by zero on the way to its answer
        theirs = powerlaw.Fit(drawn, verbose=False)
        ratio, p = theirs.distribution_compare("power_law", "lognormal")
    assert found is not None
    assert (found.alpha, found.alpha_error, found.xmin_m2) == pytest.approx(
        (theirs.alpha, theirs.sigma, theirs.xmin), rel=1e-5
    )
    assert compare_with_lognormal(sample, found) == pytest.approx((ratio, p), abs=0.02)


def test_a_lognormal_is_told_from_a_power_law() -> None:
    drawn = np.exp(np.random.default_rng(2).normal(8, 0.6, 1000))
    sample, above = to_sample(drawn), drawn[drawn >= 3000]
    alpha = 1 + len(above) / np.log(above / 3000).sum()
    ratio, p = compare_with_lognormal(sample, PowerLaw(alpha, 0.1, 3000.0, len(above), 0.1))
    assert ratio < 0
    assert p < 0.01


def test_a_power_law_is_plausible_and_three_sizes_are_not() -> None:
    random = np.random.default_rng(3)
    for drawn, expected in (
        (pareto(300, 2.4, 900.0), True),
        (np.repeat([900.0, 1000.0, 1100.0], 100), False),
    ):
        sample = to_sample(drawn)
        found = fit_power_law(sample)
        assert found is not None
        assert (estimate_plausibility(sample, found, random, 40) >= 0.1) is expected


def test_fewer_than_two_distinct_areas_have_no_tail() -> None:
    assert fit_power_law(to_sample(np.empty(0))) is None
    assert fit_power_law(to_sample(np.full(50, 300.0))) is None


@given(areas)
def test_order_makes_no_difference(drawn: list[float]) -> None:
    assert fit_power_law(to_sample(np.array(drawn))) == fit_power_law(
        to_sample(np.array(drawn[::-1]))
    )


@given(areas, st.floats(0.01, 100))
def test_the_unit_of_area_makes_no_difference(drawn: list[float], factor: float) -> None:
    areas_m2 = np.array(drawn) * 1e4
    first, second = (fit_power_law(to_sample(areas_m2 * unit)) for unit in (1, factor))
    assert (first is None) is (second is None)
    if first and second:
        assert second.ks == pytest.approx(first.ks, rel=1e-3)


@given(areas)
def test_a_sample_counts_every_landslide(drawn: list[float]) -> None:
    sample = to_sample(np.array(drawn))
    assert np.repeat(sample.values, sample.counts).tolist() == sorted(drawn)
    assert sample.above(500.0).n == sum(area >= 500 for area in drawn)
    assert sample.resampled(np.random.default_rng(0)).n == len(drawn)


def test_condensing_keeps_the_number_and_the_geometric_mean() -> None:
    sample = to_sample(pareto(5000, 2.0, 100.0))
    few = sample.condensed(500)
    assert len(few.values) <= 500
    assert few.n == sample.n
    assert few.counts @ np.log(few.values) == pytest.approx(sample.counts @ np.log(sample.values))
    assert sample.condensed(10_000) is sample


def test_areas_of_equally_many_pixels_are_equal() -> None:
    sample = to_sample(np.array([300.0, 100.00001, 99.99998, 300.0]))
    assert sample.values.tolist() == [100, 300]
    assert sample.counts.tolist() == [2, 2]


def test_a_power_law_above_other_areas_is_plausible() -> None:
    """As many synthetic areas are drawn below the cutoff as there are."""
    rng = np.random.default_rng(3)
    body, tail = rng.uniform(10, 1000, 1500), 1000 * (1 - rng.random(150)) ** (-1 / 1.4)
    sample = to_sample(np.concatenate([body, tail]))
    fit = fit_power_law(sample)
    assert fit is not None
    assert fit.xmin_m2 == pytest.approx(1000, rel=0.2)
    assert estimate_plausibility(sample, fit, np.random.default_rng(1), 40) > 0.1
