"""The ground that changes tell, and what stays unknown."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pytest
import shapely

from slidelens.analysis.review.changes import find_changes
from slidelens.analysis.review.ground import (
    Statements,
    is_inside,
    known_ground,
    statements_of,
    uncovered,
)
from slidelens.analysis.review.outlines import Outlines
from support.inventories.reviews import outlines, square

FIRST, SECOND, THIRD = square(0), square(1), square(2)


def said(before: Outlines, after: Outlines, confirmed: Collection[int] = ()) -> Statements:
    sure = np.array([row in confirmed for row in range(len(after))], dtype=bool)
    return statements_of(before, after, find_changes(before, after, 0.1), sure, 0.1)


def areas(statements: Statements) -> dict[str, list[float]]:
    return {
        name: np.round(shapely.area(statements.shapes[statements.is_landslide == kind]), 3).tolist()
        for name, kind in (("landslide", True), ("bare", False))
    }


def test_what_was_kept_says_nothing_unless_it_is_confirmed() -> None:
    rows = outlines([FIRST, SECOND])
    assert areas(said(rows, rows)) == {"landslide": [], "bare": []}
    assert areas(said(rows, rows, {1})) == {"landslide": [2500], "bare": []}


def test_deleted_ground_is_bare_and_drawn_ground_landslide() -> None:
    found = said(outlines([FIRST, SECOND]), outlines([FIRST, THIRD], ["1", ""]))
    assert areas(found) == {"landslide": [2500], "bare": [2500]}
    assert found.row.tolist() == [-1, 1]
    assert found.shapes[0].equals(SECOND)


def test_of_a_new_outline_the_part_taken_away_is_bare() -> None:
    moved = shapely.affinity.translate(FIRST, 20, 0)
    assert areas(said(outlines([FIRST]), outlines([moved]))) == {
        "landslide": [2500],
        "bare": [20 * 50],
    }


def test_rounding_along_a_common_edge_is_not_ground() -> None:
    grown = shapely.union(shapely.affinity.translate(FIRST, 0.03, 0), SECOND).convex_hull
    assert areas(said(outlines([FIRST]), outlines([grown])))["bare"] == []


def test_ground_that_another_landslide_covers_is_not_bare() -> None:
    whole = FIRST.union(SECOND).convex_hull
    found = said(outlines([FIRST, SECOND, FIRST.buffer(-9)]), outlines([whole], ["2"]))
    assert areas(found) == {"landslide": [7500], "bare": []}


def test_class_and_outline_that_changed_together() -> None:
    moved = outlines([shapely.affinity.translate(FIRST, 20, 0)], bare={0})
    assert areas(said(outlines([FIRST]), moved)) == {"landslide": [], "bare": [70 * 50]}


def test_one_half_of_a_landslide_that_is_none() -> None:
    left, bottom, right, top = FIRST.bounds
    halves = [shapely.box(left, bottom, left + 25, top), shapely.box(left + 25, bottom, right, top)]
    found = said(outlines([FIRST]), outlines(halves, ["1", "1"], bare={1}))
    assert areas(found) == {"landslide": [1250], "bare": [1250]}


def test_a_box_without_landslides_is_known_before_and_after_but_for_landslides_in_it() -> None:
    around = FIRST.buffer(20, join_style="mitre")
    before = outlines([FIRST], ["1"])
    found = said(before, outlines([FIRST, around], ["1", ""], bare={1}))
    assert areas(found) == {"landslide": [], "bare": [90 * 90 - 2500]}
    assert found.row.tolist() == [1]
    both = outlines([THIRD], bare={0})
    assert areas(said(both, both)) == {"landslide": [], "bare": [2500]}
    assert areas(said(both, outlines([]))) == {"landslide": [], "bare": []}  # taken back


def test_a_landslide_counts_as_looked_at_with_most_of_its_ground() -> None:
    left, bottom, _, top = FIRST.bounds
    area = shapely.box(left - 100, bottom, left + 30, top)
    assert is_inside(outlines([FIRST, SECOND]).shapes, area).tolist() == [True, False]
    assert not is_inside(outlines([FIRST]).shapes, shapely.box(0, 0, 1, 1)).any()


@pytest.mark.parametrize("with_area", [False, True])
def test_known_ground_holds_all_that_is_said_and_no_landslide_of_doubt(with_area: bool) -> None:
    found = said(outlines([FIRST, SECOND]), outlines([FIRST], ["1"]))
    area = shapely.box(*FIRST.buffer(100).bounds) if with_area else None
    ground = known_ground(found.shapes, area, outlines([FIRST]).shapes)
    assert shapely.covers(ground, SECOND)
    assert not shapely.intersects(ground, FIRST.centroid)
    assert shapely.area(ground) == pytest.approx(250 * 250 - 2500 if with_area else 2500)


def test_nothing_is_uncovered_of_nothing() -> None:
    assert len(uncovered(outlines([]).shapes, outlines([FIRST]).shapes, 0.1)) == 0
    assert uncovered(outlines([FIRST]).shapes, outlines([]).shapes, 0.1)[0].equals(FIRST)
