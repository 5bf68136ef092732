"""Kernel sums against their definition, on a strip."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slidelens.analysis.inventory.kernel_sums import (
    KernelPoints,
    Strip,
    column_strips,
    sum_kernels,
)


def test_one_point_by_hand() -> None:
    # R = 2: (1 − d²/4)² is 1 at the point, (3/4)² one cell away, (1/2)² on the diagonal, 0 at 2
    point = KernelPoints(np.array([2.0]), np.array([1.0]), np.array([4.0]))
    total = sum_kernels(point, 2.0, Strip(0, 5, 3))
    assert total[1] == pytest.approx([0, 2.25, 4, 2.25, 0])
    assert total[0] == pytest.approx([0, 1, 2.25, 1, 0])
    assert total[2] == pytest.approx(total[0])


def test_a_strip_is_the_same_part_of_the_whole() -> None:
    rng = np.random.default_rng(1)
    points = KernelPoints(rng.uniform(-3, 33, 40), rng.uniform(-3, 13, 40), rng.uniform(0, 2, 40))
    whole = sum_kernels(points, 4.0, Strip(0, 30, 10))
    assert sum_kernels(points, 4.0, Strip(12, 20, 10)) == pytest.approx(whole[:, 12:20])


@given(st.integers(1, 2000), st.floats(0.1, 300))
def test_strips_divide_the_columns(width: int, radius: float) -> None:
    strips = list(column_strips(width, 7, radius))
    assert [strip.start for strip in strips] == [0, *(strip.stop for strip in strips[:-1])]
    assert strips[-1].stop == width
    assert all(strip.height == 7 and strip.width <= max(2 * radius, 128) + 1 for strip in strips)
