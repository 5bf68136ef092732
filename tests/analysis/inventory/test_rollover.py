"""Distributions with a rollover: definitions, and fits that recover them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from slidelens.analysis.inventory.power_law import to_sample
from slidelens.analysis.inventory.rollover import (
    DOUBLE_PARETO,
    GENERAL,
    INVERSE_GAMMA,
    Law,
    Parameters,
    fit_law,
)
from slidelens.types import Float64

LAWS = {
    "inverse_gamma": (INVERSE_GAMMA, GENERAL),
    "double_pareto": (DOUBLE_PARETO, (1.5, 2.5, 1000.0)),
}


def drawn(law: Law, parameters: Parameters, n: int, above: float, seed: int = 0) -> Float64:
    """Draw areas of at least `above`: an inverse gamma deviate, or by inversion."""
    random = np.random.default_rng(seed)
    first, second, third = parameters
    if law is INVERSE_GAMMA:
        areas: Float64 = third + second / random.gamma(first, size=4 * n)
    else:
        areas = third * (random.random(4 * n) ** (-first / second) - 1) ** (-1 / first)
    return areas[areas >= above][:n]


@pytest.mark.parametrize("name", LAWS)
def test_a_density_integrates_to_the_share_that_is_larger(name: str) -> None:
    law, parameters = LAWS[name]
    for cut in (50.0, 800.0, 20_000.0):
        area, _ = quad(
            lambda log: math.exp(log + law.log_density(np.array(math.exp(log)), parameters)),
            math.log(cut),
            60,
            limit=400,
        )
        assert area == pytest.approx(math.exp(law.log_above(cut, parameters)), rel=1e-6)


def test_the_general_distribution_is_malamuds() -> None:
    # Malamud et al. (2004): the mean area is a / (rho - 1) + s = 3.07e-3 km², and the most frequent
    # about 400 m²
    rho, a, s = GENERAL
    assert a / (rho - 1) + s == pytest.approx(3070, rel=0.01)
    assert INVERSE_GAMMA.mode(GENERAL) == pytest.approx(400, rel=0.01)


@pytest.mark.parametrize("name", LAWS)
def test_the_mode_is_the_top_of_the_density(name: str) -> None:
    law, parameters = LAWS[name]
    areas = np.linspace(1, 5000, 50_000)
    assert law.mode(parameters) == pytest.approx(
        areas[law.log_density(areas, parameters).argmax()], abs=0.2
    )


def test_a_double_pareto_that_only_falls_has_no_rollover() -> None:
    assert DOUBLE_PARETO.mode((1.5, 0.8, 1000.0)) is None


def test_far_out_in_the_tail_the_inverse_gamma_is_a_power_law() -> None:
    # gammainc underflows to 0 here; the tail goes on as A^-rho
    far = INVERSE_GAMMA.log_above(np.array([1e280, 1e290]), GENERAL)
    assert far[1] - far[0] == pytest.approx(-1.4 * math.log(1e10))


@pytest.mark.parametrize("name", LAWS)
def test_a_law_is_found_again(name: str) -> None:
    law, parameters = LAWS[name]
    found = fit_law(law, to_sample(drawn(law, parameters, 5000, 1.0)), 1.0)
    assert found.parameters[0] == pytest.approx(parameters[0], rel=0.08)
    assert found.parameters[1] == pytest.approx(parameters[1], rel=0.15)
    assert found.mode_m2 == pytest.approx(law.mode(parameters), rel=0.1)
    assert found.ks < 1.36 / math.sqrt(5000)
    assert not found.at_limit


@pytest.mark.parametrize("name", LAWS)
def test_a_minimum_area_does_not_move_the_fit(name: str) -> None:
    law, parameters = LAWS[name]
    found = fit_law(law, to_sample(drawn(law, parameters, 5000, 250.0)), 250.0)
    assert found.parameters[0] == pytest.approx(parameters[0], rel=0.1)
    assert found.mode_m2 == pytest.approx(law.mode(parameters), rel=0.15)


@pytest.mark.parametrize("name", LAWS)
def test_the_fit_is_likelier_than_the_truth(name: str) -> None:
    law, parameters = LAWS[name]
    sample = to_sample(drawn(law, parameters, 400, 200.0))
    found = fit_law(law, sample, 200.0)
    truth = float(
        sample.counts
        @ (law.log_density(sample.values, parameters) - law.log_above(200.0, parameters))
    )
    assert truth < found.log_likelihood < truth + 8
    assert found.log_likelihood == pytest.approx(
        float(sample.counts @ np.log(found.density(sample.values)))
    )


@pytest.mark.parametrize("name", LAWS)
@given(numbers=st.tuples(*[st.floats(-4, 4)] * 3), cut=st.floats(0.1, 10))
def test_free_and_bound_are_inverse(
    name: str, numbers: tuple[float, float, float], cut: float
) -> None:
    law, _ = LAWS[name]
    assert law.free(law.bound(np.array(numbers), cut), cut) == pytest.approx(numbers, abs=1e-6)


@pytest.mark.parametrize("name", LAWS)
def test_the_unit_of_area_makes_no_difference(name: str) -> None:
    law, parameters = LAWS[name]
    areas = drawn(law, parameters, 300, 200.0)
    fit, scaled = (fit_law(law, to_sample(areas * factor), 200.0 * factor) for factor in (1, 1000))
    assert fit.mode_m2 is not None
    assert scaled.mode_m2 == pytest.approx(1000 * fit.mode_m2, rel=1e-3)
    assert scaled.ks == pytest.approx(fit.ks, rel=1e-3)


def test_a_refit_from_near_the_answer_gives_the_answer() -> None:
    sample = to_sample(drawn(INVERSE_GAMMA, GENERAL, 1000, 1.0))
    found = fit_law(INVERSE_GAMMA, sample, 1.0)
    assert fit_law(INVERSE_GAMMA, sample, 1.0, found.parameters).log_likelihood == pytest.approx(
        found.log_likelihood, abs=1e-3
    )


def test_the_far_tail_is_the_first_term_of_its_series() -> None:
    # γ(ρ, x) / Γ(ρ) → x^ρ / Γ(ρ + 1) for x → 0: here 1e-300 / 50! is too small for a float
    log_above = float(INVERSE_GAMMA.log_above(1e6, (50.0, 1.0, 0.0)))
    assert log_above == pytest.approx(50 * math.log(1e-6) - math.lgamma(51), rel=1e-8)


@pytest.mark.parametrize("law", [INVERSE_GAMMA, DOUBLE_PARETO])
def test_the_distance_counts_repeated_areas_from_their_middle(law: Law) -> None:
    areas = np.repeat([100.0, 200, 300, 500, 900, 2500], [40, 60, 50, 30, 15, 5])
    sample = to_sample(areas)
    fit = fit_law(law, sample, 100)
    middle = [((areas < area).mean() + (areas <= area).mean()) / 2 for area in sample.values]
    assert fit.ks == pytest.approx(np.abs(1 - fit.above(sample.values) - middle).max())


def test_a_parameter_out_of_bounds_is_told() -> None:
    """No rollover is in a power law: it moves below all areas."""
    areas = 100 * (1 - np.random.default_rng(1).random(500)) ** (-1 / 1.4)
    found = [fit_law(law, to_sample(areas), 100) for law in (INVERSE_GAMMA, DOUBLE_PARETO)]
    assert any(fit.at_limit for fit in found)
