"""Merging fragments: which polygons result, on which ground."""

from __future__ import annotations

from random import Random

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from slidelens.analysis.outlines.fragment_rules import FragmentRules
from slidelens.analysis.outlines.fragments import merge_fragments
from slidelens.analysis.overlay import shapes_of
from slidelens.types import Shapes
from support.inventories.fragments import BESIDE, LOWER, SOUTHWARD, UPPER, merge, slope_context


def boxes(rows: list[tuple[int, int, int, int]]) -> Shapes:
    """Boxes from column, row, columns and rows of 10 m."""
    return shapes_of(
        [shapely.box(10 * x, 10 * y, 10 * (x + w), 10 * (y + h)) for x, y, w, h in rows]
    )


fragment_sets = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(1, 5), st.integers(1, 5)),
    max_size=10,
).map(boxes)


def test_linked_fragments_become_one_multipart_polygon() -> None:
    merged = merge(UPPER, LOWER, around=slope_context(SOUTHWARD))
    assert merged.body_of.tolist() == [0, 0]
    assert merged.pieces.tolist() == [2]
    assert merged.shapes[0].area == 1600
    assert len(merged.shapes[0].geoms) == 2


def test_unlinked_fragments_stay_apart_in_their_order() -> None:
    merged = merge(UPPER, LOWER, BESIDE)
    assert merged.body_of.tolist() == [0, 0, 1]
    assert merged.pieces.tolist() == [2, 1]
    assert merged.shapes[1].equals(BESIDE)


def test_links_chain() -> None:
    lowest = shapely.box(200, 140, 220, 180)
    assert merge(UPPER, lowest, LOWER).body_of.tolist() == [0, 0, 0]


def test_overlapping_fragments_become_one_polygon() -> None:
    merged = merge(UPPER, shapely.box(210, 270, 260, 280), rules=FragmentRules(max_gap_m=0))
    assert merged.body_of.tolist() == [0, 0]
    assert merged.shapes[0].area == 800 + 400


def test_merging_can_be_turned_off() -> None:
    touching = shapely.box(200, 220, 220, 260)
    assert merge(UPPER, touching, rules=FragmentRules(max_gap_m=0)).body_of.tolist() == [0, 1]


def test_none_and_one() -> None:
    assert len(merge().shapes) == 0
    assert merge(UPPER).shapes[0].equals(UPPER)


def test_a_neck_connects_fragments_in_one_polygon() -> None:
    merged = merge(UPPER, LOWER, rules=FragmentRules(neck_m=10))
    assert merged.shapes[0].geom_type == "Polygon"
    # the strip of 10 × 20 m may stand out by half its width at a corner of the fragments
    assert 1600 + 20 * 5 <= merged.shapes[0].area <= 1600 + 30 * 10


def test_small_holes_are_filled_and_large_ones_kept() -> None:
    ring = shapely.box(0, 0, 100, 100) - shapely.box(10, 10, 20, 20) - shapely.box(50, 50, 80, 80)
    assert merge(ring, rules=FragmentRules(max_hole_m2=100)).shapes[0].area == 10_000 - 900
    assert merge(ring, rules=FragmentRules(max_hole_m2=99)).shapes[0].area == 10_000 - 900 - 100


def test_a_fragment_in_a_filled_hole_is_part_of_the_landslide() -> None:
    ring = shapely.box(0, 0, 100, 100) - shapely.box(40, 40, 60, 60)
    merged = merge(ring, shapely.box(45, 45, 55, 55), rules=FragmentRules(max_hole_m2=400))
    assert merged.body_of.tolist() == [0, 0]
    assert merged.shapes[0].area == 10_000


@settings(max_examples=40, deadline=None)
@given(fragment_sets)
def test_ground_is_kept_and_every_fragment_lies_in_its_landslide(shapes: Shapes) -> None:
    merged = merge_fragments(shapes, around=slope_context(SOUTHWARD))
    assert shapely.union_all(merged.shapes).area == pytest.approx(shapely.union_all(shapes).area)
    outside = shapely.difference(shapes, merged.shapes[merged.body_of])
    assert shapely.area(outside).sum() == pytest.approx(0, abs=1e-6)
    assert sorted(set(merged.body_of.tolist())) == list(range(len(merged.shapes)))


def test_order_does_not_matter_where_fragments_touch_along_a_side() -> None:
    shapes = boxes([(0, 0, 1, 1), (0, 0, 1, 1), (0, 0, 1, 1), (18, 27, 1, 3), (19, 28, 1, 3)])
    forward, backward = (
        merge_fragments(ordered, around=slope_context(SOUTHWARD))
        for ordered in (shapes, shapes[::-1])
    )
    assert len(forward.shapes) == len(backward.shapes)


@settings(max_examples=40, deadline=None)
@given(fragment_sets, st.randoms(use_true_random=False))
def test_order_does_not_matter(shapes: Shapes, random: Random) -> None:
    order = random.sample(range(len(shapes)), len(shapes))
    merged, shuffled = (
        merge_fragments(ordered, around=slope_context(SOUTHWARD))
        for ordered in (shapes, shapes[order])
    )
    together = merged.body_of[:, None] == merged.body_of[None, :]
    still_together = shuffled.body_of[:, None] == shuffled.body_of[None, :]
    assert (together[order][:, order] == still_together).all()


@settings(max_examples=40, deadline=None)
@given(fragment_sets, st.integers(-500, 500), st.integers(-500, 500))
def test_place_does_not_matter(shapes: Shapes, east: int, north: int) -> None:
    moved = shapely.transform(shapes, lambda points: points + (5 * east, 5 * north))
    here, there = merge_fragments(shapes), merge_fragments(moved)
    assert here.body_of.tolist() == there.body_of.tolist()
    assert shapely.area(here.shapes) == pytest.approx(shapely.area(there.shapes))
