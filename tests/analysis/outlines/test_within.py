"""Mean and highest probability within polygons."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from slidelens.analysis.outlines.within import probabilities_within
from slidelens.analysis.overlay import shapes_of
from slidelens.geo.grid import Grid
from slidelens.geo.windowed import as_windowed
from slidelens.types import Float32
from support.studies import grid_of

GRID = grid_of(4, 6)
VALUES: Float32 = (np.arange(24).reshape(4, 6) / 25).astype(np.float32)


def pixels(grid: Grid, row: int, column: int, rows: int = 1, columns: int = 1) -> shapely.Polygon:
    """Return the rectangle of some pixels."""
    corners = [grid.transform @ (column, row + rows), grid.transform @ (column + columns, row)]
    return shapely.box(*corners[0], *corners[1])


def within(
    *landslides: shapely.Polygon, values: Float32 = VALUES, grid: Grid = GRID
) -> tuple[list[float], list[float]]:
    found = probabilities_within(shapes_of(landslides), as_windowed(values), grid)
    return found["mean_probability"].tolist(), found["max_probability"].tolist()


@pytest.mark.parametrize("column", [0, 3])
def test_of_pixels_in_several_the_last_one_counts(column: int) -> None:
    """Wherever it lies: two of three pixels of a row are common, to the west or to the east."""
    first, last = pixels(GRID, 1, 1, 1, 3), pixels(GRID, 1, column, 1, 2 + (column == 0))
    row = VALUES[1]
    own = row[[3]] if column == 0 else row[[1, 2]]
    of_last = row[column : column + 2 + (column == 0)]
    mean, highest = within(first, last)
    assert mean == pytest.approx([own.mean(), of_last.mean()], abs=1e-4)
    assert highest == pytest.approx([own.max(), of_last.max()], abs=1e-4)
    assert within(last, first)[0][1] == pytest.approx(row[1:4].mean(), abs=1e-4)


def test_landslides_without_a_pixel_have_0_and_leave_the_others_theirs() -> None:
    outside = pixels(GRID, -5, 2, 2, 2)
    narrow = shapely.box(*(pixels(GRID, 2, 2).bounds[:2] * 2)).buffer(1)
    mean, highest = within(outside, pixels(GRID, 2, 1), narrow, pixels(GRID, 3, 4))
    assert mean == pytest.approx([0, 13 / 25, 0, 22 / 25])
    assert highest == pytest.approx([0, 13 / 25, 0, 22 / 25])
    assert within() == ([], [])


def test_both_have_four_digits() -> None:
    values = np.full(GRID.shape, 0.123456, np.float32)
    assert within(pixels(GRID, 0, 0, 2, 2), values=values) == ([0.1235], [0.1235])


def test_a_landslide_far_from_the_first_pixel_is_seen() -> None:
    """Beyond the chunks in which the map is read, of which the first holds no landslide."""
    grid = grid_of(2, 2060)
    values = np.linspace(0, 1, 2 * 2060, dtype=np.float32).reshape(2, 2060)
    mean, highest = within(
        pixels(grid, 0, 2055), pixels(grid, 1, 2046, 1, 4), values=values, grid=grid
    )
    assert mean == pytest.approx([values[0, 2055], values[1, 2046:2050].mean()], abs=1e-4)
    assert highest == pytest.approx([values[0, 2055], values[1, 2049]], abs=1e-4)
