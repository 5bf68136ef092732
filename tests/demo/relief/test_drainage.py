"""Drainage trees, and sums along them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from slidelens.demo.relief import drainage

CHAIN = np.array([0, 0, 1, 2, 1])


def test_accumulate_by_hand() -> None:
    assert drainage.accumulate(CHAIN, np.array([1.0, 2, 3, 4, 5])).tolist() == [15, 14, 7, 4, 5]


def test_sum_downstream_by_hand() -> None:
    # Cell 3: 40 + 30 + 20; the outlet's own 10 is left out.
    assert drainage.sum_downstream(CHAIN, np.array([10.0, 20, 30, 40, 50])).tolist() == [
        0,
        20,
        50,
        90,
        70,
    ]


def test_step_length_is_longer_across_corners() -> None:
    # Two rows of two: cell 3 drains across the corner to 0, cell 1 to its left.
    assert drainage.step_length(np.array([0, 0, 0, 0]), 2, 5.0) == pytest.approx(
        [0, 5, 5, 5 * np.sqrt(2)]
    )


def test_a_pit_spills_over_its_lowest_pass() -> None:
    height = np.array([[0.0, 6.0, 1.0, 9.0]])  # the pit at 2 leaves over the pass of 6 towards 0
    assert drainage.drainage_tree(height, 0).tolist() == [0, 0, 1, 2]


@settings(max_examples=40, deadline=None)
@given(arrays(float, (7, 9), elements=st.floats(0, 100, width=16)), st.integers(0, 62))
def test_all_water_leaves_by_the_outlet(height: np.ndarray, outlet: int) -> None:
    receiver = drainage.drainage_tree(height, outlet)
    assert (drainage.roots(receiver) == outlet).all()
    assert drainage.accumulate(receiver, np.ones(63))[outlet] == 63
