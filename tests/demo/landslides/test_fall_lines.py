"""Fall lines on a plane."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.demo.landslides.fall_lines import FallLines, trace_fall_lines
from slidelens.demo.relief.terrain import Terrain

SHAPE = (80, 40)


@pytest.fixture(scope="module")
def lines() -> FallLines:
    """100 lines from row 10 of a plane that falls southwards at 45°; a river runs in row 60."""
    rows = np.arange(SHAPE[0], dtype=np.float32)[:, None] * np.ones(SHAPE, np.float32)
    terrain = Terrain(-5 * rows, 5.0, np.zeros((0, 3)))
    chance = np.zeros(SHAPE, np.float32)
    chance[10, 10:30] = 1
    river_px = np.abs(rows - 60)
    return trace_fall_lines(chance, terrain, river_px, 70, np.random.default_rng(0), count=100)


def test_lines_run_down_from_their_heads(lines: FallLines) -> None:
    rows = lines.places[:, :, 0]
    assert (rows[:, 0] == 10).all()
    assert (np.diff(rows, axis=1) >= 0).all()


def test_lines_stop_at_the_river(lines: FallLines) -> None:
    """They stop within 2.5 pixels of it, and stay there."""
    ends = lines.places[:, -1, 0]
    assert ends.min() > 56
    assert ends.max() < 60
    assert lines.places.shape == (100, 71, 2)
    assert (lines.steps >= 47).all()


def test_steps_are_a_pixel_long(lines: FallLines) -> None:
    for line, steps in zip(lines.places, lines.steps, strict=True):
        lengths = np.hypot(*np.diff(line, axis=0).T)
        assert lengths[:steps] == pytest.approx(1)
        assert (lengths[steps:] == 0).all()
