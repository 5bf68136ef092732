"""Outlines of many vertices, of which a grid needs few."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import rasterio.features
import shapely
from rasterio.windows import Window

from slidelens.geo.grid import Grid
from slidelens.geo.outline_crop import LARGE, crop_outline
from slidelens.geo.rasterise import polygonise, rasterise, rasterise_ids
from slidelens.types import Mask
from support.studies import grid_of

GRID = grid_of(180, 180)


def burn(shape: shapely.Geometry, grid: Grid) -> Mask:
    """Return the pixels of a polygon, by rasterio alone."""
    return np.asarray(
        rasterio.features.rasterize([shape], out_shape=grid.shape, transform=grid.transform), bool
    )


def noisy_outline(seed: int) -> shapely.Polygon:
    """Return the largest body of a mask of which two thirds are landslide at random."""
    mask = np.random.default_rng(seed).random(GRID.shape) < 0.67
    return max(polygonise(mask, GRID), key=lambda body: body.area)


def star(seed: int) -> shapely.Polygon:
    """Return a star with long spikes, off the corners of the pixels."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, 2 * LARGE, endpoint=False)
    left, bottom, right, top = GRID.bounds
    radius = rng.uniform(0.1, 0.8, len(angle)) * (right - left)
    x, y = rng.uniform(left, right), rng.uniform(bottom, top)
    return shapely.Polygon(
        np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])
    )


@pytest.mark.parametrize("outline", [noisy_outline, star])
@pytest.mark.parametrize("seed", range(4))
def test_every_window_has_the_pixels_of_the_whole_outline(
    outline: Callable[[int], shapely.Polygon], seed: int
) -> None:
    shape = outline(seed)
    assert shapely.get_num_coordinates(shape) > LARGE
    rng = np.random.default_rng(seed)
    for _ in range(6):
        row, column = rng.integers(0, 160, 2)
        height, width = rng.integers(1, 80, 2)
        window = GRID.window(Window(column, row, width, height))
        expected = burn(shape, window)
        assert (rasterise([shape], window) == expected).all()
        assert (rasterise_ids([shapely.Point(0, 0).buffer(1), shape], window) == 2 * expected).all()


def test_few_vertices_are_left_beyond_the_grid() -> None:
    shape = noisy_outline(0)
    window = GRID.window(Window(80, 80, 20, 20))
    cropped = crop_outline(shape, window)
    assert shapely.get_num_coordinates(cropped) < 0.05 * shapely.get_num_coordinates(shape)


def test_a_grid_that_an_outline_surrounds_stays_inside() -> None:
    angle = np.linspace(0, 2 * np.pi, 2 * LARGE, endpoint=False)
    left, _, right, top = GRID.bounds
    around = [(left + right) / 2, top - (right - left) / 2] + 10 * (right - left) * np.column_stack(
        [np.cos(angle), np.sin(angle)]
    )
    shape = shapely.Polygon(around)
    assert rasterise([shape], GRID).all()
    assert shapely.get_num_coordinates(crop_outline(shape, GRID)) < 50


def test_an_outline_beside_the_grid_becomes_empty() -> None:
    beside = shapely.affinity.translate(star(0), 100 * (GRID.bounds[2] - GRID.bounds[0]), 0)
    assert crop_outline(beside, GRID).is_empty
    assert not rasterise([beside], GRID).any()


def test_an_outline_with_a_hole_around_a_corner_of_the_grid_becomes_empty() -> None:
    left, _, _, top = GRID.bounds
    pixel = GRID.pixel_m

    def around(inner_px: float, outer_px: float, reach_px: float) -> shapely.Geometry:
        """Return a strip beside the grid, down its left side and along its upper one."""
        inner, outer, reach = (pixel * each for each in (inner_px, outer_px, reach_px))
        square = shapely.box(left - outer, top - reach, left + reach, top + outer)
        rest = shapely.box(left - inner, top - reach, left + reach, top + inner)
        return square.difference(rest)

    dense, hole = shapely.segmentize(around(10, 40, 60), 0.05 * pixel), around(20, 30, 50)
    shape = shapely.Polygon(shapely.get_exterior_ring(dense), [shapely.get_exterior_ring(hole)])
    assert shape.is_valid
    assert shapely.intersects(shapely.envelope(hole), shapely.box(*GRID.bounds))
    assert crop_outline(shape, GRID).is_empty
    assert not rasterise([shape], GRID).any()


def test_a_small_outline_is_returned_as_it_is() -> None:
    shape = shapely.box(*GRID.bounds)
    assert crop_outline(shape, GRID) is shape
