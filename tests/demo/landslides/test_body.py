"""The body of a landslide, and the outlines that its depth defines."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.demo.landslides.body import SUBPIXELS, Body, shape_around, to_pixels


@pytest.fixture(scope="module")
def body() -> Body:
    """A body along column 20, from row 10 to row 49, on flat ground."""
    path = np.column_stack([np.arange(10.0, 50.0), np.full(40, 20.0)])
    lines = [(path, np.full(40, 4.0))]
    flat, window = np.zeros((64, 40), np.float32), (slice(0, 64), slice(0, 40))
    return shape_around(lines, window, 6000.0, flat, 5.0, np.random.default_rng(0))


def test_cells_are_averaged_in_pixels() -> None:
    cells = np.array([[1, 1, 0, 1], [1, 1, 0, 0]], bool)
    assert to_pixels(cells).tolist() == [[1.0, 0.25]]


def test_depth_and_position_follow_the_path(body: Body) -> None:
    """The middle of the path is deep inside, along runs from 0 at the head to 1 at the toe."""
    assert body.depth.shape == (64 * SUBPIXELS, 40 * SUBPIXELS)
    assert body.depth[30 * SUBPIXELS, 20 * SUBPIXELS] < -0.5
    assert body.depth[0, 0] > 0
    assert body.along[10 * SUBPIXELS, 20 * SUBPIXELS] == pytest.approx(0, abs=0.05)
    assert body.along[49 * SUBPIXELS, 20 * SUBPIXELS] == pytest.approx(1, abs=0.05)


def test_the_sides_of_the_path_have_opposite_signs(body: Body) -> None:
    left, right = body.across_px[60, 20 * SUBPIXELS - 6], body.across_px[60, 20 * SUBPIXELS + 6]
    assert left * right < 0
    assert abs(left) == pytest.approx(3, abs=0.5)


@pytest.mark.parametrize("area_m2", [1500.0, 3000.0, 6000.0])
def test_the_outline_level_encloses_the_area(body: Body, area_m2: float) -> None:
    """Cells of equal depth, and specks apart from the body, leave small differences."""
    below = (body.depth < body.outline_level(area_m2)).sum() * body.cell_m2
    assert below == pytest.approx(area_m2, abs=4 * body.cell_m2)
    assert body.open_ground(area_m2).sum() * body.cell_m2 == pytest.approx(area_m2, rel=0.2)
