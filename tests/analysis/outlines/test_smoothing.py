"""Smoothed outlines of the same area."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.crs import CRS
from scipy import ndimage

from slidelens.analysis.outlines.smoothing import smooth_outlines
from slidelens.analysis.overlay import shapes_of
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import polygonise

GRID = Grid(CRS.from_epsg(32645), Affine(5, 0, 0, 0, -5, 200), 40, 40)


def disc(radius_px: float) -> shapely.Polygon:
    rows, columns = np.mgrid[:40, :40]
    return max(
        polygonise(np.hypot(rows - 20, columns - 20) <= radius_px, GRID),
        key=lambda shape: shape.area,
    )


def test_a_stepped_disc_becomes_round() -> None:
    stepped = disc(12)
    shape = smooth_outlines(shapes_of([stepped]), 5.0)[0]
    assert shape.area == pytest.approx(stepped.area, rel=1e-3)
    # a circle of 60 m radius has an outline of 377 m, its stairs one of 4 · 125 m
    assert stepped.length == 500
    assert shape.length == pytest.approx(377, rel=0.03)


def test_holes_and_parts_are_kept() -> None:
    ring = disc(15) - disc(6)
    both = shapely.union_all([ring, shapely.transform(ring, lambda points: points + 1000)])
    simple, multipart = smooth_outlines(shapes_of([ring, both]), 5.0)
    assert len(simple.interiors) == 1
    assert len(multipart.geoms) == 2
    assert multipart.area == pytest.approx(both.area, rel=1e-3)


def test_what_would_vanish_is_left() -> None:
    pixel = shapely.box(0, 0, 0.01, 0.01)
    assert smooth_outlines(shapes_of([pixel]), 5.0)[0].area == pytest.approx(pixel.area, rel=1e-3)


def test_none() -> None:
    assert len(smooth_outlines(shapes_of([]), 5.0)) == 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_area_is_kept_and_no_point_goes_far(seed: int) -> None:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(GRID.shape), 2.5)
    shapes = shapes_of(polygonise(noise > 0.05, GRID))
    smoothed = smooth_outlines(shapes, 5.0)
    assert shapely.is_valid(smoothed).all()
    assert shapely.area(smoothed) == pytest.approx(shapely.area(shapes), rel=1e-3)
    assert shapely.hausdorff_distance(smoothed, shapes).max() < 9


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 8])
def test_steps_of_several_pixels_keep_area_and_parts(seed: int) -> None:
    """What would fall apart, fold or lose area is returned unchanged."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(GRID.shape), 1)
    single = polygonise(noise > 0, GRID)
    shapes = shapes_of([*single, shapely.multipolygons(single)])
    smoothed = smooth_outlines(shapes, 30.0)
    assert shapely.is_valid(smoothed).all()
    assert shapely.area(smoothed) == pytest.approx(shapely.area(shapes), rel=1e-3)
    np.testing.assert_array_equal(
        shapely.get_num_geometries(smoothed), shapely.get_num_geometries(shapes)
    )
