"""Edges between landslides that merge and split."""

from __future__ import annotations

from slidelens.analysis.lifecycle.tracking import trace
from support.inventories.lifecycle import box

ONE, TWO = box(0, 100, 100), box(0, 0, 60)


def test_merger_ends_the_smaller() -> None:
    life = trace({"2013": [ONE, TWO], "2014": [box(0, 0, 100, 200)]})
    edge = life.edges.iloc[0]
    assert len(life.edges) == 1
    assert (edge.kind, edge.from_id, edge.to_id, edge.from_date, edge.date, edge.shared_m2) == (
        "merge",
        2,
        1,
        "2013",
        "2014",
        3600,
    )
    assert edge.geometry.equals(TWO)
    assert life.landslides.merged_into.isna().tolist() == [True, False]
    assert life.landslides.merged_into[1] == 1
    assert life.ledger.merged.tolist() == [0, 1]
    assert life.ledger.split.tolist() == [0, 0]
    assert life.ledger.landslides.tolist() == [2, 1]


def test_the_heir_of_ground_that_two_take_equally_is_the_first() -> None:
    # 1, 2 and 3 from west to east; half of 2 goes to 1 and half to 3
    first = [box(-200, 0, 200, 100), box(0, 0, 100), box(100, 0, 200, 100)]
    life = trace({"2013": first, "2014": [box(-200, 0, 250, 100), box(50, 0, 250, 100)]})
    assert life.landslides.merged_into[1] == 1
    assert life.edges[life.edges.kind == "merge"].to_id.tolist() == [1]


def test_a_landslide_of_which_another_takes_exactly_the_minimum_merges() -> None:
    def kinds(taken_m: float) -> list[str]:
        later = [box(-200, 0, 200 + taken_m, 100)]
        return list(
            trace({"2013": [box(-200, 0, 200, 100), box(0, 0, 100)], "2014": later}).edges.kind
        )

    assert kinds(25) == ["merge"]
    assert kinds(24) == []


def test_a_landslide_mapped_apart_again_is_no_longer_merged() -> None:
    life = trace(
        {
            "2013": [ONE, TWO],
            "2014": [box(0, 0, 100, 200)],
            "2015": [ONE, TWO],
        }
    )
    assert life.landslides.merged_into.isna().all()
    split = life.edges[life.edges.date == "2015"]
    assert list(zip(split.kind, split.from_id, split.to_id, strict=True)) == [
        ("split", 1, 1),
        ("split", 1, 2),
    ]


def test_split_in_two() -> None:
    life = trace({"2013": [box(0, 0, 100)], "2014": [box(0, 0, 40, 100), box(60, 0, 40, 100)]})
    assert list(life.edges.kind) == ["split", "split"]
    assert list(life.edges.shared_m2) == [4000, 4000]
    assert life.ledger.split.tolist() == [0, 1]


def test_pieces_that_stay_pieces_split_once() -> None:
    halves = [box(0, 0, 40, 100), box(60, 0, 40, 100)]
    life = trace({"2013": [box(0, 0, 100)], "2014": halves, "2015": halves})
    assert set(life.edges.date) == {"2014"}
