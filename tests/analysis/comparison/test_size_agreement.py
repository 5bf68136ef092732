"""Completeness by size, and the difference of size distributions."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.analysis.comparison.size_agreement import (
    SizeDifference,
    recall_by_size,
    size_difference,
)


def test_completeness_by_size_by_hand() -> None:
    # 400 and 900 m² are in 316…1000, 5000 m² in 3162…10 000: (400 · 1 + 900 · 0.2) / 1300 = 0.446
    small, large = recall_by_size(
        np.array([400.0, 5000.0, 900.0]), np.array([True, False, False]), np.array([1.0, 0.6, 0.2])
    )
    assert (small.from_m2, small.to_m2, small.landslides, small.matched, small.half_covered) == (
        316.2,
        1000.0,
        2,
        1,
        1,
    )
    assert small.covered_share == pytest.approx(580 / 1300)
    assert (large.from_m2, large.to_m2, large.landslides, large.matched, large.half_covered) == (
        3162.0,
        10_000.0,
        1,
        0,
        1,
    )
    assert recall_by_size(np.empty(0), np.empty(0, bool), np.empty(0)) == []


def test_half_covered_is_at_least_half() -> None:
    (only,) = recall_by_size(
        np.array([400.0, 500.0]), np.array([False, False]), np.array([0.5, 0.499])
    )
    assert only.half_covered == 1


@pytest.mark.parametrize("area_m2", [10.0, 100.0, 1000.0, 10_000.0, 1e6])
def test_a_bound_belongs_to_the_class_above(area_m2: float) -> None:
    (only,) = recall_by_size(np.array([area_m2]), np.array([True]), np.array([1.0]))
    assert only.from_m2 == area_m2


def test_equal_sizes_do_not_differ() -> None:
    areas = np.random.default_rng(0).uniform(200, 5000, 60)
    found = size_difference(areas, areas[::-1], repeats=99)
    assert (found.ks, found.p, found.median_ratio) == (0.0, 1.0, 1.0)


def test_sizes_of_one_law_do_not_differ_and_halved_ones_do() -> None:
    random = np.random.default_rng(1)
    observed, predicted = random.lognormal(7, 1, 200), random.lognormal(7, 1, 300)
    same, halved = (size_difference(observed, predicted / factor, repeats=199) for factor in (1, 2))
    assert same.p is not None
    assert same.p > 0.05
    assert halved.p == pytest.approx(1 / 200)
    assert halved.median_ratio_interval is not None
    assert halved.median_ratio_interval[1] < 1


def test_the_distance_of_sizes_by_hand() -> None:
    # Shares at 100, 200, 300: 1/2, 1, 1 against 0, 1/2, 1: half apart
    assert size_difference(np.array([200.0, 100.0]), np.array([200.0, 300.0]), repeats=9).ks == 0.5


def test_the_test_holds_its_level() -> None:
    # Of 100 pairs from one law some 20 % fall under p = 0.2: 20 ± 3 · √16
    random = np.random.default_rng(2)
    p = [
        size_difference(
            random.lognormal(7, 1, 30), random.lognormal(7, 1, 30), repeats=49, seed=i
        ).p
        for i in range(100)
    ]
    assert 8 <= sum(value is not None and value <= 0.2 for value in p) <= 32


def test_no_landslides_have_no_sizes_to_differ() -> None:
    assert size_difference(np.array([200.0]), np.array([300.0]), repeats=0) == SizeDifference(
        ks=1.0, median_ratio=1.5
    )
    assert size_difference(np.empty(0), np.array([300.0])) == SizeDifference()


def test_the_interval_of_the_ratio_is_that_of_95_percent() -> None:
    # The median of five draws of five sizes is the smallest with 5.8 % (three or more of it), as
    # often the largest: both lie in the interval.
    sizes = np.arange(100.0, 600, 100)
    assert size_difference(np.array([100.0]), sizes).median_ratio_interval == (1, 5)


def test_the_interval_ends_at_95_percent_and_not_at_90() -> None:
    # The median of six draws of six sizes is below 200 with 3.5 %: more than 2.5, less than 5.
    # That is the mean of 100 and 200, with four or more draws of 100 it is 100 (0.9 %).
    sizes = np.arange(100.0, 700, 100)
    assert size_difference(np.array([100.0]), sizes).median_ratio_interval == (1.5, 5.5)


def test_resamples_as_far_apart_count() -> None:
    # All resamples of one size are as far apart as the two inventories: not at all.
    assert size_difference(np.array([200.0]), np.array([200.0]), repeats=9).p == 1


def test_resamples_have_the_number_of_each_inventory() -> None:
    # 200 m² against 60 % of 100 m²: 0.6 apart. A single draw is 200 m² with 40 %, then a thousand
    # others are about 0.6 away, half of the times more; single ones are 1 apart with 48 %.
    predicted = np.repeat([100.0, 200.0], [600, 400])
    found = size_difference(np.array([200.0]), predicted, repeats=499)
    assert found.ks == pytest.approx(0.6)
    assert found.p == pytest.approx(0.2, abs=0.06)
