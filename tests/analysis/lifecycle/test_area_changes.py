"""Areas carried over, gained and lost, by landslide."""

from __future__ import annotations

import numpy as np
import shapely

from slidelens.analysis.lifecycle.area_changes import AreaChanges, area_changes
from slidelens.analysis.lifecycle.footprints import (
    Region,
    empty_memory,
    enlarge,
    update_footprints,
    update_memory,
)
from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.analysis.overlay import overlaps, shapes_of
from support.inventories.lifecycle import box

WEST, EAST = box(0, 0, 100), box(100, 0, 100)
Date = tuple[list[shapely.Polygon], list[int]]


def changes(first: Date, second: Date, seen: tuple[Region, Region] = (None, None)) -> AreaChanges:
    """Return the changes at the second date; a date is its bodies and their landslides."""
    memory = enlarge(empty_memory(), len(first[0]), 0)
    for date, (bodies, owner) in enumerate((first, second)):
        shapes = shapes_of(bodies)
        pairs = overlaps(shapes, memory.footprint)
        update = update_footprints(
            memory, shapes, np.array(owner), pairs, seen[date], LifecycleRules()
        )
        found = area_changes(memory, update)
        memory = update_memory(memory, update, seen[date], date)
    return found


def test_a_shift_by_hand() -> None:
    # 60 m of 100 m stay, 40 m heal, 40 m are new
    found = changes(([WEST], [0]), ([box(40, 0, 100)], [0]))
    assert found.area_m2.tolist() == found.carried_m2.tolist() == [10_000]
    assert found.new_m2.tolist() == found.healed_m2.tolist() == [4000]
    assert found.reactivated_m2.tolist() == found.first_seen_m2.tolist() == [0]


def test_ground_handed_from_one_landslide_to_another() -> None:
    # the western body takes 30 m of the eastern landslide, which keeps 70 m
    found = changes(([WEST, EAST], [0, 1]), ([box(0, 0, 130, 100), box(130, 0, 70, 100)], [0, 1]))
    assert found.area_m2.tolist() == [13_000, 7000]
    assert found.gained_m2.tolist() == [3000, 0]
    assert found.ceded_m2.tolist() == [0, 3000]
    assert found.new_m2.tolist() == found.healed_m2.tolist() == [0, 0]


def test_the_ground_of_a_merged_landslide_is_carried_by_its_heir() -> None:
    found = changes(([WEST, EAST], [0, 1]), ([box(0, 0, 200, 100)], [0]))
    assert found.carried_m2.tolist() == [20_000, 0]
    assert found.gained_m2.tolist() == found.ceded_m2.tolist() == [0, 0]


def test_unobserved_ground_is_not_carried_over() -> None:
    # the western 30 m are observed, 20 m of them are mapped
    seen = shapes_of([box(0, 0, 30, 100)])
    found = changes(([WEST], [0]), ([box(0, 0, 20, 100)], [0]), (None, seen))
    assert found.unobserved_m2.tolist() == [7000]
    assert found.carried_m2.tolist() == [3000]
    assert found.healed_m2.tolist() == [1000]


def test_ground_that_no_earlier_date_observed() -> None:
    # the first date saw the western 120 m, so that 80 of the 100 new metres are first seen
    seen = shapes_of([box(0, 0, 120, 100)])
    found = changes(([WEST], [0]), ([box(0, 0, 200, 100)], [0]), (seen, None))
    assert found.new_m2.tolist() == [10_000]
    assert found.first_seen_m2.tolist() == [8000]
