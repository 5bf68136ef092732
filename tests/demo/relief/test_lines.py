"""Distances to lines, and their coverage of pixels."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.demo.relief.lines import distance_to, line_coverage


def test_distance_to_points_by_hand() -> None:
    distance = distance_to(np.array([[1.0, 1.25, 7.0], [1.0, 4.0, 9.0]]), (3, 6))
    assert distance.pixels[1, 1] == pytest.approx(0.25)
    assert distance.pixels[0, 4] == pytest.approx(1.0)
    assert distance.value[1].tolist() == [7, 7, 7, 9, 9, 9]


def test_no_points_are_far_away() -> None:
    assert distance_to(np.zeros((0, 3)), (2, 2)).pixels.min() > 1e5


def test_the_coverage_of_a_line_adds_up_to_its_width() -> None:
    # A line 2 pixels wide at x = 0 covers the pixels at 0 and ±1 by 1, ½ and ½: the width in sum.
    assert line_coverage(np.array([1.0, 0.0, 1.0, 2.0]), 2.0) == pytest.approx([0.5, 1, 0.5, 0])
    # A line thinner than a pixel covers its own share of it.
    assert line_coverage(np.array([0.0]), 0.3) == pytest.approx([0.3], abs=1e-4)
