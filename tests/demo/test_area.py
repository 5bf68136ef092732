"""The drawn investigation area."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from slidelens.demo.area import CORNERS, EDGE, draw_area
from support.studies import grid_of


@pytest.mark.parametrize("share", [0.4, 0.8])
def test_the_area_covers_its_share_and_keeps_off_the_edge(share: float) -> None:
    grid = grid_of(200, 300)
    left, bottom, right, top = grid.bounds
    area = draw_area(grid, share, np.random.default_rng(0))
    assert area.area / (200 * 300 * 100) == pytest.approx(share, rel=0.02)
    assert len(area.exterior.coords) == CORNERS + 1
    middle_x, middle_y = (left + right) / 2, (bottom + top) / 2
    half_x, half_y = EDGE * (right - left) / 2 + 1, EDGE * (top - bottom) / 2 + 1
    allowed = shapely.box(
        middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y
    )
    assert allowed.covers(area)
