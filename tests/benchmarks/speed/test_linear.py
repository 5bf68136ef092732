"""The table of time and memory by size."""

from __future__ import annotations

import pytest

from benchmarks.speed.linear import growth, line
from benchmarks.speed.measuring import Cost


def test_growth_is_the_exponent_of_the_seconds() -> None:
    assert growth(None, (100, 2.0)) is None
    assert growth((100, 2.0), (1000, 20.0)) == pytest.approx(1.0)


def test_a_line_has_throughput_and_memory() -> None:
    text = line(100_000_000, Cost(200.0, 380.0, 1400.4), 1.0, 0.25)
    assert text == "| 100 | 200.0 | 380.0 | 0.500 | 1,400 | 1.00 | 0.2 |"
