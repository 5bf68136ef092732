"""Which landslide a body belongs to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from slidelens.analysis.lifecycle.identity import NOBODY, in_reading_order, owners
from slidelens.analysis.overlay import overlaps, shapes_of


def owned(
    bodies: Sequence[shapely.Geometry],
    footprints: Sequence[shapely.Geometry],
    minimum_overlap: float = 0.25,
    tolerance_m: float = 0.0,
) -> list[int]:
    left, right = shapes_of(bodies), shapes_of(footprints)
    owner = owners(left, right, overlaps(left, right), minimum_overlap, tolerance_m)
    return [int(position) for position in owner]


def test_most_common_ground_wins() -> None:
    # 40 of 100 m lie on the first, 60 on the second
    assert owned(
        [shapely.box(60, 0, 160, 10)], [shapely.box(0, 0, 100, 10), shapely.box(100, 0, 300, 10)]
    ) == [1]


def test_the_earlier_of_equals() -> None:
    assert owned(
        [shapely.box(50, 0, 150, 10)], [shapely.box(0, 0, 100, 10), shapely.box(100, 0, 200, 10)]
    ) == [0]


def test_share_is_of_the_smaller() -> None:
    # a tenth of the large footprint, all of the small body
    assert owned([shapely.box(0, 0, 10, 10)], [shapely.box(0, 0, 100, 10)]) == [0]
    # a body ten times as large as the landslide that it covers
    assert owned([shapely.box(0, 0, 100, 10)], [shapely.box(0, 0, 10, 10)]) == [0]


def test_too_little_in_common_is_nobody() -> None:
    assert owned([shapely.box(80, 0, 180, 10)], [shapely.box(0, 0, 100, 10)]) == [NOBODY]
    assert owned(
        [shapely.box(80, 0, 180, 10)], [shapely.box(0, 0, 100, 10)], minimum_overlap=0.2
    ) == [0]


def test_a_body_without_ground_of_its_own_belongs_to_somebody() -> None:
    # a fifth of the body on each of five large landslides
    strips = [shapely.box(0, 20 * i, 100, 20 * i + 20) for i in range(5)]
    assert owned([shapely.box(0, 0, 10, 100)], strips) == [0]


def test_tolerance_matches_only_what_is_left_over() -> None:
    here, shifted = shapely.box(0, 0, 10, 10), shapely.box(11, 0, 21, 10)
    assert owned([shifted], [here], tolerance_m=5) == [0]
    assert owned([here, shifted], [here], tolerance_m=5) == [0, NOBODY]
    assert owned([shifted], [here], tolerance_m=1) == [NOBODY]


def test_reading_order() -> None:
    shapes = shapes_of(
        [shapely.box(0, 0, 1, 1), shapely.box(5, 9, 6, 10), shapely.box(0, 9, 1, 10)]
    )
    assert in_reading_order(shapes).tolist() == [2, 1, 0]
    assert in_reading_order(shapes_of([])).tolist() == np.zeros(0).tolist()
