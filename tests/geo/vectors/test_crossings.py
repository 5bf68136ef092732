"""Crossings of outlines, counted."""

from __future__ import annotations

import shapely

from slidelens.geo.vectors.crossings import count_crossings, edges_of

CROSS = edges_of(shapely.box(-10, -1, 10, 1)), edges_of(shapely.box(-1, -10, 1, 10))


def test_edges_of_all_rings() -> None:
    holed = shapely.box(0, 0, 9, 9) - shapely.box(1, 1, 2, 2)
    assert len(edges_of(holed)) == 8
    assert len(edges_of(shapely.union(holed, shapely.box(20, 0, 30, 9)))) == 12


def test_crossings_of_two_outlines_and_of_one_with_itself() -> None:
    assert count_crossings(*CROSS) == 4
    assert count_crossings(CROSS[0], edges_of(shapely.box(50, 50, 60, 60))) == 0
    bow_tie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    assert count_crossings(edges_of(bow_tie)) == 1


def test_counting_stops() -> None:
    assert 3 < count_crossings(*CROSS, most=3) <= 4
