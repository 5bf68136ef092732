"""The inventory that a mapper draws."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from slidelens.demo.landslides.mapper import MIN_AREA_M2, draw_inventory


def test_a_mapper_without_error_or_haste_draws_nearly_the_truth() -> None:
    outline = shapely.Point(0, 0).buffer(40)
    drawn = draw_inventory([outline], 0.0, 0.0, np.random.default_rng(0))[0]
    assert drawn is not None
    assert drawn.area == pytest.approx(outline.area, rel=0.05)


def test_a_mapper_misses_small_ones_first_and_draws_nothing_under_the_limit() -> None:
    outlines = [
        shapely.box(0, 0, 10, 20),
        *(shapely.box(0, 0, side, side) for side in range(20, 210, 10)),
    ]
    drawn = draw_inventory(outlines, 0.2, 1.0, np.random.default_rng(0))
    assert drawn[0] is None  # 200 m², under 216
    missed = [number for number, shape in enumerate(drawn) if shape is None]
    assert 4 <= len(missed) <= 5
    assert max(missed) < 10
    assert min(shape.area for shape in drawn if shape is not None) >= MIN_AREA_M2
