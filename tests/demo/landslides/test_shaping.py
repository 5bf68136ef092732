"""Shapes of landslides along their paths."""

from __future__ import annotations

import numpy as np

from slidelens.demo.landslides.body import Body
from slidelens.demo.landslides.shaping import shape_body
from slidelens.types import Mask

FLAT = np.zeros((120, 120), np.float32)


def shape(first_row: float, free: Mask) -> Body | None:
    path = np.column_stack([np.arange(first_row, first_row + 50), np.full(50, 60.0)])
    return shape_body(path, 3000.0, FLAT, free, 5.0, np.random.default_rng(0))


def test_a_body_fits_on_free_ground_alone() -> None:
    """A single occupied pixel in the middle of the path is one too many."""
    free = np.ones(FLAT.shape, bool)
    body = shape(30, free)
    assert body is not None
    assert body.area_m2 == 3000
    free[55, 60] = False
    assert shape(30, free) is None


def test_a_body_across_the_edge_does_not_fit() -> None:
    assert shape(0, np.ones(FLAT.shape, bool)) is None
