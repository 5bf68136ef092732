"""Percentile intervals."""

from __future__ import annotations

import pytest

from slidelens.analysis.inventory.intervals import percentile_interval


def test_an_interval_by_hand() -> None:
    # 0…100 in steps of 1: the quantiles are 2.5 and 97.5
    assert percentile_interval([float(value) for value in range(101)]) == pytest.approx((2.5, 97.5))


def test_a_single_value_is_both_ends() -> None:
    assert percentile_interval([3.0]) == (3.0, 3.0)
