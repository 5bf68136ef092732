"""Landslide-event magnitudes by hand."""

from __future__ import annotations

import math

import pytest

from slidelens.analysis.inventory.magnitude import (
    Magnitude,
    estimate_magnitude,
    general_magnitude,
    northridge_magnitude,
)
from slidelens.analysis.inventory.power_law import PowerLaw


def tail(alpha: float, xmin_m2: float, n_tail: int) -> PowerLaw:
    return PowerLaw(alpha=alpha, alpha_error=0.2, xmin_m2=xmin_m2, n_tail=n_tail, ks=0.1)


def test_a_tail_through_the_point_of_northridge() -> None:
    # A tail through the reference point, density 8.36e-4 per m² at 48,766 m², has the magnitude
    # log10(11 111) = 4.046: n (alpha − 1) / xmin = 8.36e-4 takes n (alpha − 1) = 40.79
    fit = tail(1 + 40.791 / 30, 48_766.0, 30)
    assert northridge_magnitude(fit) == pytest.approx(math.log10(11_111), abs=1e-3)


def test_twice_the_landslides_add_the_logarithm_of_2() -> None:
    few, many = tail(2.4, 5000.0, 40), tail(2.4, 5000.0, 80)
    for magnitude in (general_magnitude, northridge_magnitude):
        assert magnitude(many) - magnitude(few) == pytest.approx(math.log10(2))


def test_all_landslides_of_the_general_distribution() -> None:
    # above 1e-9 m² lie nearly all of Malamud's landslides
    assert general_magnitude(tail(2.4, 1e-9, 1000)) == pytest.approx(3, abs=1e-3)


def test_what_cannot_be_estimated_is_none() -> None:
    assert estimate_magnitude(0, None, []) == Magnitude(None, None, None, None)
    assert estimate_magnitude(100, None, []).counted == 2


def test_the_interval_is_of_the_resampled_tails() -> None:
    tails = [tail(2.4, 5000.0, n) for n in (40, 80)]
    low, high = estimate_magnitude(100, tails[0], tails).interval or (0, 0)
    # linear between the two, whose magnitudes are log10(2) apart: 95 % of it
    assert high - low == pytest.approx(0.95 * math.log10(2))
