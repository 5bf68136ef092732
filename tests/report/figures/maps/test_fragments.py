"""Selection and colours of fragmented landslides."""

from __future__ import annotations

import shapely

from slidelens.report.figures.maps.fragments import colour_fragments, worst_fragmented
from support.report.results import GRID, date_results
from support.studies import box


def test_worst_fragmented_landslides_come_first_and_each_place_once() -> None:
    wide, narrow = box(GRID, 0, 0, 10, 30), box(GRID, 20, 0, 10, 20)
    fragments = [
        box(GRID, 0, 0, 10, 8),
        box(GRID, 0, 10, 10, 8),
        box(GRID, 0, 20, 10, 8),
        box(GRID, 20, 0, 10, 8),
        box(GRID, 20, 10, 10, 8),
    ]
    first = date_results([narrow, wide, box(GRID, 35, 0, 3, 3)], fragments)
    again = date_results([wide], fragments[:2])
    cases = worst_fragmented([again, first])
    assert [(len(case.fragments), case.outline) for case in cases] == [(3, wide), (2, narrow)]
    assert cases[0].results is first
    assert worst_fragmented([date_results(None, fragments), date_results([], fragments)]) == []


def test_merged_parts_of_a_fragment_share_its_colour() -> None:
    """Two of three parts are merged: two fragments, two colours; one landslide is elsewhere."""
    west, middle, east = (box(GRID, 0, column, 10, 8) for column in (0, 10, 20))
    merged = shapely.MultiPolygon([west, middle])
    (case,) = worst_fragmented(
        [date_results([box(GRID, 0, 0, 10, 30)], [east, box(GRID, 30, 0, 5, 5), merged])]
    )
    (first, first_colour), (second, second_colour) = colour_fragments(case)
    assert first == merged
    assert second == east
    assert first_colour != second_colour
