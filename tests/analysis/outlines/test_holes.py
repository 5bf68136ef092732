"""Small holes are filled, large ones kept."""

from __future__ import annotations

import pytest
import shapely

from slidelens.analysis.outlines.holes import fill_small_holes
from slidelens.analysis.overlay import shapes_of

# 100 × 100 m with holes of 100 and 900 m²
SMALL, LARGE = shapely.box(10, 10, 20, 20), shapely.box(50, 50, 80, 80)
RING = shapely.box(0, 0, 100, 100) - SMALL - LARGE


@pytest.mark.parametrize(
    ("max_hole_m2", "area_m2"), [(0, 9000), (99, 9000), (100, 9100), (900, 10_000)]
)
def test_holes_up_to_the_largest_area_are_filled(max_hole_m2: float, area_m2: float) -> None:
    assert fill_small_holes(shapes_of([RING]), max_hole_m2)[0].area == area_m2


def test_holes_of_every_part() -> None:
    both = shapely.union_all([RING, shapely.transform(RING, lambda points: points + 500)])
    assert fill_small_holes(shapes_of([both]), 900)[0].area == 20_000


def test_polygons_without_holes_and_the_input_stay_as_they_are() -> None:
    shapes = shapes_of([shapely.box(0, 0, 5, 5), RING, shapely.Point(0, 0).buffer(5)])
    filled = fill_small_holes(shapes, 900)
    assert filled[0] is shapes[0]
    assert shapes[1].area == 9000
    assert filled[2] is shapes[2]  # a copy of every outline of a large map takes half a gigabyte
    assert len(fill_small_holes(shapes_of([]), 900)) == 0
