"""The shift between outlines and an image, of a known subpixel size."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

import numpy as np
import pytest
import shapely
from scipy.ndimage import gaussian_filter, zoom
from shapely.geometry.base import BaseGeometry

from slidelens.analysis.registration.outlines import outline_shift
from slidelens.analysis.registration.shift import Shift
from slidelens.geo.rasterise import rasterise
from slidelens.geo.windowed import Part
from slidelens.types import Float32, Mask
from support.studies import grid_of, landslides

SIDE, FINER = 160, 5
GRID = grid_of(SIDE, SIDE)
SHAPES = landslides(GRID, 60, seed=3)


def photograph(shapes: Sequence[BaseGeometry], contrast: float = 1.0) -> Float32:
    """Return (SIDE, SIDE, 3): landslides with soft edges, bright in two bands, and a pattern."""
    rng = np.random.default_rng(0)
    fine = rasterise(shapes, grid_of(SIDE * FINER, SIDE * FINER, GRID.pixel_m / FINER))
    share = gaussian_filter(fine.astype(float), FINER / 2)
    share = share.reshape(SIDE, FINER, SIDE, FINER).mean(axis=(1, 3))
    pattern = zoom(rng.normal(size=(SIDE // 8, SIDE // 8)), 8, order=3)
    bands = contrast * share[..., None] * np.array([300, 400, -200])
    values = 1000 + bands + 60 * pattern[..., None] + rng.normal(0, 30, (SIDE, SIDE, 3))
    return np.asarray(values, np.float32)


def moved(down_px: float, right_px: float) -> Sequence[BaseGeometry]:
    return [
        shapely.affinity.translate(shape, right_px * GRID.pixel_m, -down_px * GRID.pixel_m)
        for shape in SHAPES
    ]


def measured(
    pixels: Float32, shapes: Sequence[BaseGeometry], ground: Mask | None = None
) -> Shift | None:
    everywhere = np.ones(GRID.shape, bool) if ground is None else ground
    return outline_shift(lambda part: pixels[part], shapes, GRID, everywhere)


@pytest.mark.parametrize("true", [(0.0, 0.0), (0.5, -0.5), (-1.3, 0.8)])
def test_the_shift_of_an_inventory_is_found(true: tuple[float, float]) -> None:
    found = measured(photograph(SHAPES), moved(*true))
    assert found is not None
    assert (found.down_px, found.right_px) == pytest.approx(true, abs=0.15)
    assert found.down_interval[0] - 0.05 < true[0] < found.down_interval[1] + 0.05
    assert found.right_interval[0] - 0.05 < true[1] < found.right_interval[1] + 0.05


def test_dark_landslides_and_holes_count_too() -> None:
    rings = [shape.difference(shape.centroid.buffer(12)) for shape in SHAPES]
    pixels = 4000 - photograph(rings)
    found = measured(pixels, [shapely.affinity.translate(one, 7, 0) for one in rings])
    assert found is not None
    assert (found.down_px, found.right_px) == pytest.approx((0, 0.7), abs=0.15)


def test_one_window_is_held_at_a_time() -> None:
    pixels = photograph(SHAPES)
    windows: list[weakref.ref[Float32]] = []
    held = []

    def read(part: Part) -> Float32:
        window = pixels[part].copy()
        windows.append(weakref.ref(window))
        held.append(sum(each() is not None for each in windows))
        return window

    assert outline_shift(read, SHAPES, GRID, np.ones(GRID.shape, bool)) is not None
    assert max(held) <= 2  # the next is read before the last is let go


def test_a_few_landslides_cannot_tell() -> None:
    assert measured(photograph(SHAPES), SHAPES[:15]) is None


def test_landslides_that_the_image_does_not_show_cannot_tell() -> None:
    assert measured(photograph(SHAPES, contrast=0), SHAPES) is None


def test_an_image_without_contrast_cannot_tell() -> None:
    assert measured(np.full((SIDE, SIDE, 3), 5, np.float32), SHAPES) is None


def test_pixels_off_the_ground_have_no_influence() -> None:
    ground = np.ones(GRID.shape, bool)
    ground[60:100, :50] = False
    pixels = photograph(SHAPES)
    other = np.where(ground[..., None], pixels, 9000 - 2 * pixels)
    found = measured(pixels, moved(0.4, 0.1), ground)
    assert found is not None
    assert found == measured(other, moved(0.4, 0.1), ground)
