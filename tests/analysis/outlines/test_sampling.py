"""Values at points of arrays that are read window by window."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from slidelens.analysis.outlines.sampling import sample, steepest_descent
from slidelens.geo import windowed
from slidelens.geo.windowed import MemoryArray
from support.studies import grid_of

GRID = grid_of(90, 120)
IMAGE = gaussian_filter(np.random.default_rng(0).normal(size=GRID.shape), 2) * 50
POINTS = np.random.default_rng(1).uniform(
    [GRID.bounds[0] - 30, GRID.bounds[1] - 30], [GRID.bounds[2] + 30, GRID.bounds[3] + 30], (80, 2)
)


@pytest.fixture(params=[13, 1024])
def _side(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windowed.group_by_chunk, "__defaults__", (request.param,))


@pytest.mark.usefixtures("_side")
def test_values_between_pixels_are_interpolated_as_in_the_whole_image() -> None:
    row, column = GRID.pixel_of(*POINTS.T)
    expected = map_coordinates(IMAGE, [row - 0.5, column - 0.5], order=1, mode="nearest")
    assert sample(MemoryArray(IMAGE), GRID, POINTS) == pytest.approx(expected, abs=1e-9)
    shaped = sample(MemoryArray(IMAGE), GRID, POINTS.reshape(8, 10, 2))
    assert shaped.ravel() == pytest.approx(expected, abs=1e-9)


@pytest.mark.usefixtures("_side")
def test_the_descent_is_that_of_the_whole_ground() -> None:
    south, east = np.gradient(gaussian_filter(IMAGE, 1.5), 10.0)
    row, column = GRID.pixel_of(*POINTS.T)
    expected = [
        map_coordinates(slope, [row - 0.5, column - 0.5], order=1, mode="nearest")
        for slope in (-east, south)
    ]
    descent = steepest_descent(MemoryArray(IMAGE), GRID, POINTS)
    assert descent == pytest.approx(np.transpose(expected), abs=1e-9)


def test_ground_of_one_row_of_pixels_descends_along_it() -> None:
    row = MemoryArray(np.arange(120.0)[None])  # rises 1 m on each pixel of 10 m
    grid = grid_of(1, 120)
    middle = (grid.bounds[0] + grid.bounds[2]) / 2, grid.bounds[3] - 5
    assert steepest_descent(row, grid, np.array([middle])) == pytest.approx(np.array([[-0.1, 0]]))
