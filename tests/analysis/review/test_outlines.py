"""Outlines that are the same, however they are written, and those that are not."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from slidelens.analysis.review.outlines import Outlines, pair_same, repeated
from slidelens.types import Shapes
from support.inventories.reviews import outlines, square

ONE = shapely.Polygon([(0, 0), (90, 0), (90, 60), (0, 60)], [[(20, 20), (40, 20), (30, 40)]])


def array(*shapes: shapely.Geometry) -> Shapes:
    found = np.empty(len(shapes), dtype=object)
    found[:] = shapes
    return found


@pytest.mark.parametrize(
    "other",
    [
        ONE,
        shapely.normalize(ONE),  # other first vertices, other direction
        shapely.segmentize(ONE, 7.0),  # vertices that topological editing adds
        shapely.transform(ONE, lambda xy: np.round(xy + 0.04, 1)),
        shapely.MultiPolygon([ONE]),
    ],
    ids=["equal", "direction", "vertices", "rounded", "multi"],
)
def test_the_same_outline_in_other_words(other: shapely.Geometry) -> None:
    first, second = pair_same(array(square(9), ONE), array(other), 0.1)
    assert (first.tolist(), second.tolist()) == ([1], [0])


@pytest.mark.parametrize(
    "other",
    [
        shapely.Polygon(ONE.exterior),  # the hole was filled
        shapely.Polygon([(0, 0), (90, 0), (90, 60), (45, 58), (0, 60)], list(ONE.interiors)),
        shapely.affinity.translate(ONE, 1, 0),
        shapely.affinity.translate(ONE, 500, 0),
    ],
    ids=["hole", "notch", "moved", "away"],
)
def test_another_outline(other: shapely.Geometry) -> None:
    assert len(pair_same(array(ONE), array(other), 0.1)[0]) == 0


def test_nothing_is_the_same_as_nothing() -> None:
    assert len(pair_same(array(), array(ONE), 0.1)[0]) == 0
    assert len(pair_same(array(ONE), array(), 0.1)[0]) == 0


def test_a_row_is_repeated_if_an_earlier_one_of_its_class_is_the_same() -> None:
    rows = outlines([square(0), square(1), square(0), square(0)], bare={3})
    assert repeated(rows, 0.1).tolist() == [False, False, True, False]


def test_ids_of_one_row_alone() -> None:
    rows = Outlines(array(*map(square, range(5))), np.ones(5, bool), ["1", "2", "2", "", "7"])
    assert rows.unique_ids() == {"1": 0, "7": 4}
