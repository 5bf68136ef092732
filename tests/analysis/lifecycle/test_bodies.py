"""Disjoint bodies from the polygons of a date."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from slidelens.analysis.lifecycle.bodies import find_bodies
from slidelens.analysis.overlay import shapes_of


def test_shared_ground_goes_to_the_larger() -> None:
    # 100 × 100 and 60 × 60, 20 × 60 of it in common: the smaller keeps 40 × 60
    bodies = find_bodies(shapes_of([shapely.box(80, 0, 140, 60), shapely.box(0, 0, 100, 100)]))
    assert shapely.area(bodies.shapes)[bodies.body_of].tolist() == [2400, 10_000]


def test_nested_and_duplicate_go_into_the_larger() -> None:
    large, small = shapely.box(0, 0, 100, 100), shapely.box(90, 0, 130, 10)
    bodies = find_bodies(shapes_of([small, large, large, shapely.box(10, 10, 20, 20)]))
    # three quarters of `small` are its own
    assert bodies.body_of.tolist() == [0, 1, 1, 1]
    assert shapely.area(bodies.shapes).tolist() == [300, 10_000]


def test_what_is_left_of_a_nested_polygon_goes_with_it() -> None:
    # 60 of 100 m² lie in the larger one, the other 40 m² beside it
    bodies = find_bodies(shapes_of([shapely.box(0, 0, 100, 100), shapely.box(94, 0, 104, 10)]))
    assert shapely.area(bodies.shapes).tolist() == [10_040]


def test_share_from_which_it_is_nested() -> None:
    shapes = shapes_of([shapely.box(0, 0, 100, 100), shapely.box(94, 0, 104, 10)])
    assert len(find_bodies(shapes, nested_share=0.7).shapes) == 2


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_nested_in_two_alike_it_goes_to_the_larger_of_them(order: tuple[int, ...]) -> None:
    # half of the small one lies in each of two neighbours of 100 × 100 and 50 × 50
    shapes = [
        shapely.box(0, 0, 100, 100),
        shapely.box(100, 0, 150, 50),
        shapely.box(90, 0, 110, 10),
    ]
    body_of = find_bodies(shapes_of([shapes[number] for number in order])).body_of
    large, other, small = (body_of[order.index(number)] for number in range(3))
    assert small == large != other


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_of_two_as_large_the_northern_keeps_the_shared_ground(order: slice) -> None:
    south, north = shapely.box(0, 0, 10, 10), shapely.box(0, 7, 10, 17)
    bodies = find_bodies(shapes_of([south, north][order]))
    assert shapely.area(bodies.shapes)[bodies.body_of].tolist() == [70, 100][order]


def test_chain_of_nested_ones_ends_in_the_largest() -> None:
    bodies = find_bodies(shapes_of([shapely.box(0, 0, side, side) for side in (10, 40, 20, 30)]))
    assert bodies.body_of.tolist() == [0, 0, 0, 0]
    assert bodies.shapes[0].area == 1600


def test_none() -> None:
    bodies = find_bodies(shapes_of([]))
    assert len(bodies.shapes) == len(bodies.body_of) == 0


triangles = st.lists(st.tuples(*[st.integers(0, 60)] * 6), max_size=12).map(
    lambda rows: [
        shape for r in rows if (shape := shapely.Polygon([r[:2], r[2:4], r[4:]])).area > 1
    ]
)


@settings(max_examples=60, deadline=None)
@given(triangles, st.randoms(use_true_random=False))
def test_same_ground_no_overlap_any_order(shapes: list[shapely.Polygon], random: Random) -> None:
    bodies = find_bodies(shapes_of(shapes))
    assert shapely.area(bodies.shapes).sum() == pytest.approx(
        shapely.union_all(shapes).area, abs=1e-2
    )
    assert shapely.union_all(bodies.shapes).area == pytest.approx(
        shapely.area(bodies.shapes).sum(), abs=1e-2
    )
    shuffled = random.sample(shapes, len(shapes))
    again = find_bodies(shapes_of(shuffled))
    assert np.sort(shapely.area(again.shapes)) == pytest.approx(
        np.sort(shapely.area(bodies.shapes)), abs=1e-2
    )
