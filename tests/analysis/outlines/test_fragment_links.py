"""Which fragments belong to one landslide."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from slidelens.analysis.outlines.fragment_links import belong_together
from slidelens.analysis.outlines.fragment_rules import FragmentContext, FragmentRules
from slidelens.analysis.overlay import shapes_of
from support.inventories.fragments import (
    BESIDE,
    LOWER,
    SOUTHWARD,
    UPPER,
    probability_context,
    slope_context,
)

FLAT = np.zeros((100, 100))


def linked(
    first: shapely.Geometry,
    second: shapely.Geometry,
    around: FragmentContext | None = None,
    **rules: float,
) -> bool:
    (link,) = belong_together(
        shapes_of([first, second]), np.array([0]), np.array([1]), FragmentRules(**rules), around
    )
    return bool(link)


def test_pairs_are_decided_one_by_one() -> None:
    links = belong_together(
        shapes_of([UPPER, LOWER, BESIDE]),
        np.array([0, 0, 1]),
        np.array([1, 2, 2]),
        FragmentRules(),
        slope_context(SOUTHWARD),
    )
    assert links.tolist() == [True, False, False]


class TestDirection:
    def test_down_the_slope(self) -> None:
        assert linked(UPPER, LOWER, slope_context(SOUTHWARD))
        assert not linked(UPPER, BESIDE, slope_context(SOUTHWARD))

    def test_down_a_slope_to_the_east(self) -> None:
        assert linked(UPPER, BESIDE, slope_context(SOUTHWARD.T))

    @pytest.mark.parametrize("around", [None, slope_context(FLAT)], ids=["no heights", "flat"])
    def test_along_the_axes_without_a_slope(self, around: FragmentContext | None) -> None:
        assert linked(UPPER, LOWER, around)
        assert not linked(UPPER, BESIDE, around)

    def test_the_axis_of_one_of_them_is_enough(self) -> None:
        across = shapely.box(-20, 45, 30, 55)  # above a fragment that points to it
        assert linked(shapely.box(0, 0, 10, 40), across)
        assert linked(across, shapely.box(0, 0, 10, 40))

    def test_round_fragments_have_no_axis(self) -> None:
        assert not linked(shapely.box(0, 0, 20, 20), shapely.box(0, 30, 20, 50))
        assert not linked(shapely.box(0, 0, 20, 22), shapely.box(0, 30, 20, 52))

    def test_angle(self) -> None:
        # centres 60 m down and 20 m across: 18.4 degrees off the fall line
        aside = shapely.box(220, 200, 240, 240)
        assert not linked(UPPER, aside, slope_context(SOUTHWARD), max_angle_deg=18)
        assert linked(UPPER, aside, slope_context(SOUTHWARD), max_angle_deg=19)


class TestGap:
    def test_width(self) -> None:
        assert not linked(UPPER, LOWER, max_gap_m=19)
        assert linked(UPPER, LOWER, max_gap_m=20)

    def test_zero_links_only_overlaps(self) -> None:
        touching = shapely.box(200, 220, 220, 260)
        assert not linked(UPPER, touching, max_gap_m=0)
        assert linked(UPPER, shapely.box(210, 270, 260, 280), max_gap_m=0)


class TestProbability:
    def test_down_the_slope(self) -> None:
        # 0.15 of even odds is a probability of 0.13; the ends of the gap, on the edges of the
        # fragments, raise the mean by about 0.06
        assert linked(UPPER, LOWER, probability_context(0.10, elevation_m=SOUTHWARD))
        assert not linked(UPPER, LOWER, probability_context(0.02, elevation_m=SOUTHWARD))

    def test_a_high_threshold_counts_as_one_half_down_the_slope(self) -> None:
        assert linked(UPPER, LOWER, probability_context(0.10, 0.9, SOUTHWARD))

    def test_a_low_threshold_asks_for_little(self) -> None:
        # 0.15 of the odds of 0.05 is a probability of 0.008
        assert linked(UPPER, LOWER, probability_context(0.001, 0.05, SOUTHWARD))

    def test_axes_alone_ask_for_more(self) -> None:
        # three quarters of even odds is a probability of 0.43, of odds of 9 one of 0.87
        assert linked(UPPER, LOWER, probability_context(0.42))
        assert not linked(UPPER, LOWER, probability_context(0.30))
        assert not linked(UPPER, LOWER, probability_context(0.42, 0.9))
