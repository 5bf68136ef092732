"""Esri's default search radius."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slidelens.analysis.inventory.search_radius import default_radius_m, sort_points


def test_default_radius_by_hand() -> None:
    # Centre (0, 0); distances 3, 3, 4, 4: SD = √12.5 = 3.5355, D_m = 3.5, √(1/ln 2) · 3.5 = 4.2039;
    # R = 0.9 · 3.5355 · 4^-0.2 = 2.4115
    points = np.array([[3.0, 0], [-3, 0], [0, 4], [0, -4]])
    assert default_radius_m(points) == pytest.approx(2.4115, abs=1e-4)


def test_default_radius_takes_the_median_where_it_is_smaller() -> None:
    # Distances 1, 1, 1, 1, 10, 10 from (0, 0): D_m = 1, so 1.2011 · 0.9 · 6^-0.2 = 0.75543
    points = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1], [10, 0], [-10, 0]])
    assert default_radius_m(points) == pytest.approx(0.75543, abs=1e-5)


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(1, 3)),
        min_size=2,
        max_size=12,
    )
)
def test_a_weight_of_two_is_two_landslides(drawn: list[tuple[int, int, int]]) -> None:
    points = np.array([(x, y) for x, y, _ in drawn], float)
    weights = np.array([weight for *_, weight in drawn])
    repeated = np.repeat(points, weights, axis=0)
    assert default_radius_m(points, weights.astype(float)) == pytest.approx(
        default_radius_m(repeated)
    )


def test_no_radius_without_landslides_or_in_one_place() -> None:
    assert default_radius_m(np.empty((0, 2))) is None
    assert default_radius_m(np.array([[323_456.7, 3_111_222.3]])) is None
    assert default_radius_m(np.tile([[323_456.7, 3_111_222.3]], (7, 1))) is None
    assert default_radius_m(np.array([[0.0, 0], [5, 5]]), np.zeros(2)) is None


def test_points_are_sorted_with_their_weights() -> None:
    points = np.array([[5.0, 1], [2, 9], [2, 3]])
    ordered, weights = sort_points(points, np.array([1.0, 2, 3]))
    assert ordered.tolist() == [[2, 3], [2, 9], [5, 1]]
    assert weights.tolist() == [3, 2, 1]
    assert sort_points(points, None)[1].tolist() == [1, 1, 1]
