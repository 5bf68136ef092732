"""What became of every row: by outline, then by id, then by common ground."""

from __future__ import annotations

from itertools import pairwise

import shapely

from slidelens.analysis.review.changes import Change, find_changes
from slidelens.analysis.review.outlines import Outlines
from support.inventories.reviews import outlines, square

FIRST, SECOND, THIRD = square(0), square(1), square(2)
LEFT, RIGHT = (shapely.box(x, FIRST.bounds[1], x + 25, FIRST.bounds[3]) for x in (320_000, 320_025))


def found(before: Outlines, after: Outlines) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    changes = find_changes(before, after, 0.1)
    return [(each.kind, each.before, each.after) for each in changes]


def test_kept_deleted_and_drawn_in_the_order_of_the_rows() -> None:
    after = outlines([square(7), THIRD, FIRST], ["", "3", "1"])
    assert found(outlines([FIRST, SECOND, THIRD]), after) == [
        ("kept", (0,), (2,)),
        ("deleted", (1,), ()),
        ("kept", (2,), (1,)),
        ("drawn", (), (0,)),
    ]


def test_an_outline_is_kept_whatever_its_id() -> None:
    renumbered = outlines([FIRST, SECOND], ["2", "1"])
    assert [each[0] for each in found(outlines([FIRST, SECOND]), renumbered)] == ["kept", "kept"]


def test_a_class_that_was_set_and_taken_back() -> None:
    landslides, bare = outlines([FIRST, SECOND]), outlines([FIRST, SECOND], bare={1})
    assert found(landslides, bare)[1] == ("reclassed", (1,), (1,))
    assert found(bare, landslides)[1] == ("reclassed", (1,), (1,))
    assert found(bare, bare)[1] == ("kept", (1,), (1,))
    larger = outlines([SECOND.buffer(5)], ["2"], bare={0})
    assert found(outlines([SECOND], ["2"]), larger) == [("reclassed", (0,), (0,))]


def test_an_id_finds_a_landslide_of_which_little_is_left() -> None:
    moved = shapely.affinity.translate(FIRST, 40, 0)
    assert found(outlines([FIRST]), outlines([moved])) == [("reshaped", (0,), (0,))]
    assert [each[0] for each in found(outlines([FIRST]), outlines([moved], [""]))] == [
        "deleted",
        "drawn",
    ]


def test_an_id_does_not_count_where_there_is_no_common_ground() -> None:
    away = outlines([square(9)], ["1"])
    assert [each[0] for each in found(outlines([FIRST]), away)] == ["deleted", "drawn"]


def test_parts_that_share_an_id_after_splitting_are_found_by_their_ground() -> None:
    assert found(outlines([FIRST]), outlines([LEFT, RIGHT], ["1", "1"])) == [
        ("split", (0,), (0, 1))
    ]
    assert found(outlines([FIRST]), outlines([LEFT, RIGHT], ["1", ""])) == [("split", (0,), (0, 1))]


def test_landslides_whose_ids_are_lost_in_merging() -> None:
    whole = FIRST.union(SECOND).convex_hull
    for ids in (["1"], [""]):
        assert found(outlines([FIRST, SECOND]), outlines([whole], ids)) == [
            ("merged", (0, 1), (0,))
        ]


def test_two_that_were_redrawn_as_three() -> None:
    left, bottom, _, top = FIRST.bounds
    before, after = (
        [shapely.box(left + x, bottom, left + end, top) for x, end in pairwise(edges)]
        for edges in ((0, 50, 100), (0, 30, 70, 100))
    )
    assert found(outlines(before), outlines(after, [""] * 3)) == [("redrawn", (0, 1), (0, 1, 2))]


def test_a_landslide_that_grows_over_a_neighbour_with_an_id_of_its_own_is_another() -> None:
    grown, other = FIRST.union(SECOND).convex_hull, SECOND.buffer(-5)
    assert found(outlines([FIRST, SECOND]), outlines([grown, other])) == [
        ("reshaped", (0,), (0,)),
        ("reshaped", (1,), (1,)),
    ]


def test_one_drawn_beside_a_landslide_that_was_kept_is_new() -> None:
    beside = shapely.box(*FIRST.bounds[:2], FIRST.bounds[2] + 30, FIRST.bounds[3] + 30)
    after = outlines([FIRST, beside], ["1", "1"])
    assert found(outlines([FIRST]), after) == [("kept", (0,), (0,)), ("drawn", (), (1,))]


def test_of_two_the_same_one_is_kept_and_the_class_counts_first() -> None:
    after = outlines([FIRST, FIRST], ["", "1"], bare={0})
    assert found(outlines([FIRST]), after) == [("kept", (0,), (1,)), ("drawn", (), (0,))]


def test_inventories_without_a_row() -> None:
    nothing = outlines([])
    assert found(nothing, nothing) == []
    assert found(nothing, outlines([FIRST])) == [("drawn", (), (0,))]
    assert find_changes(outlines([FIRST]), nothing, 0.1) == [Change("deleted", (0,), ())]
