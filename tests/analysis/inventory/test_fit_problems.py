"""Reasons why a fit is unreliable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from slidelens.analysis.inventory.fit_problems import (
    describe_count,
    find_rollover_problems,
    find_tail_problems,
)
from slidelens.analysis.inventory.power_law import PowerLaw, to_sample
from slidelens.analysis.inventory.rollover import GENERAL, INVERSE_GAMMA, Fit

TAIL = PowerLaw(alpha=2.4, alpha_error=0.2, xmin_m2=1000.0, n_tail=30, ks=0.1)
FIT = Fit(INVERSE_GAMMA, GENERAL, cut_m2=1.0, log_likelihood=-900.0, ks=0.1, at_limit=False)
# 100 landslides, 10 of them smaller than the mode of 401 m²
SAMPLE = to_sample(np.concatenate([np.linspace(100, 400, 10), np.linspace(500, 9000, 90)]))


def test_a_reliable_tail_has_no_problems() -> None:
    assert find_tail_problems(TAIL, 10_000.0, 0.1) == ()
    assert find_tail_problems(TAIL, 10_000.0, None) == ()


def test_problems_of_a_tail() -> None:
    assert find_tail_problems(replace(TAIL, n_tail=1), 9000.0, 0.04) == (
        "only 1 landslide in the tail; 30 are needed",
        "the tail spans a factor of 9 in area; 10 is needed",
        "a power law is not plausible, p = 0.04",
    )


def test_a_reliable_rollover_has_no_problems() -> None:
    assert find_rollover_problems(FIT, SAMPLE, (1.0, 2.0)) == ()
    assert find_rollover_problems(FIT, SAMPLE, None) == ()


@pytest.mark.parametrize(
    ("fit", "n", "exponent", "problem"),
    [
        (FIT, 49, None, "only 49 landslides; 50 are needed"),
        # 1.36 / √100
        (replace(FIT, ks=0.14), 100, None, "it does not fit: distance 0.14, 0.14 is allowed"),
        (FIT, 100, (1.0, 2.1), "its tail exponent may be anything from 1 to 2.1"),
        (replace(FIT, at_limit=True), 100, None, "a parameter ran out of bounds"),
    ],
)
def test_problems_of_a_rollover(
    fit: Fit, n: int, exponent: tuple[float, float] | None, problem: str
) -> None:
    areas = np.repeat(SAMPLE.values, SAMPLE.counts)[:n]
    assert find_rollover_problems(fit, to_sample(areas), exponent) == (problem,)


def test_landslides_below_the_rollover() -> None:
    # of the ten areas in steps of 33 m², those from 200 m²
    (problem,) = find_rollover_problems(FIT, SAMPLE.above(199.0), None)
    assert problem == "only 7 landslides smaller than the rollover; 10 are needed"


def test_counts_in_words() -> None:
    assert (describe_count(1), describe_count(2)) == ("1 landslide", "2 landslides")
