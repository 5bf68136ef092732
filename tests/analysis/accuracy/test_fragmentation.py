"""Numbers of fragments, both ways."""

from __future__ import annotations

import shapely

from slidelens.analysis.accuracy.fragmentation import (
    Fragmentation,
    count_fragments,
    fragment_counts,
    pieces_of,
)
from slidelens.analysis.outlines.fragments import merge_fragments
from slidelens.analysis.overlay import overlaps, shapes_of
from slidelens.types import Shapes
from support.inventories.fragments import BESIDE, LOWER, SOUTHWARD, UPPER, slope_context
from support.inventories.strips import strip


def fragmentation(observed: Shapes, predicted: Shapes) -> Fragmentation:
    return count_fragments(observed, predicted, overlaps(observed, predicted))


def test_fragments_by_hand() -> None:
    # One landslide of 40 m in three fragments; the fourth overlaps it by a twentieth of itself,
    # the fifth joins two others
    observed = strip((0, 40), (100, 110), (112, 120))
    predicted = strip((0, 10), (12, 20), (25, 38), (39.5, 49.5), (99, 121))
    counts = fragmentation(observed, predicted)
    assert counts.pieces.tolist() == [3, 1, 1]
    assert counts.joined.tolist() == [1, 1, 1, 0, 2]
    # means of 3, 1, 1 and of 1, 1, 1, 2: exact in binary but for the first
    assert counts.summary() == {
        "pieces_per_observed": 5 / 3,
        "observed_per_piece": 1.25,
        "observed_in_pieces": 1,
        "pieces_joining_observed": 1,
    }


def test_the_share_is_of_the_smaller_polygon() -> None:
    # 1 m of 10 m and of 40 m in common: a tenth of the smaller
    observed, predicted = strip((0, 40)), strip((39, 49))
    pairs = overlaps(observed, predicted)
    assert len(pieces_of(observed, predicted, pairs).left) == 1
    assert len(pieces_of(observed, predicted, pairs, min_share=0.11).left) == 0


def test_landslides_and_fragments_without_a_match_at_the_end_count_none() -> None:
    counts = fragmentation(strip((0, 10), (50, 60)), strip((0, 10), (20, 30), (80, 90)))
    assert counts.pieces.tolist() == [1, 0]
    assert counts.joined.tolist() == [1, 0, 0]


def test_each_share_is_of_the_areas_of_its_own_pair() -> None:
    # In common: 1 m of 40 and of 10 m, a tenth; 5 m of 100 and of 100 m, a twentieth
    observed, predicted = strip((0, 40), (100, 200)), strip((195, 295), (39, 49))
    pairs = pieces_of(observed, predicted, overlaps(observed, predicted))
    assert (pairs.left.tolist(), pairs.right.tolist()) == ([0], [1])
    counts = fragment_counts(predicted, predicted[:1], observed)
    assert counts["raw_pieces_per_landslide"] == counts["raw_landslides_per_piece"] == 1
    assert counts["merged_pieces_per_landslide"] is None


def test_no_fragments_have_no_mean() -> None:
    nothing = shapes_of([])
    assert fragmentation(nothing, nothing).summary() == {
        "pieces_per_observed": None,
        "observed_per_piece": None,
        "observed_in_pieces": 0,
        "pieces_joining_observed": 0,
    }


def test_counts_before_and_after_merging() -> None:
    # the first manual landslide is mapped in two fragments, the second in one, the third not at
    # all; one fragment is a false alarm
    manual = shapes_of([shapely.box(200, 200, 220, 300), BESIDE, shapely.box(0, 0, 9, 9)])
    raw = shapes_of([UPPER, LOWER, BESIDE, shapely.box(400, 400, 450, 450)])
    merged = merge_fragments(raw, around=slope_context(SOUTHWARD)).shapes
    assert fragment_counts(raw, merged, manual) == {
        "raw": 4,
        "merged": 3,
        "manual": 3,
        "raw_pieces_per_landslide": 1.5,
        "raw_landslides_per_piece": 1,
        "merged_pieces_per_landslide": 1,
        "merged_landslides_per_piece": 1,
    }


def test_without_a_manual_inventory_there_are_only_numbers() -> None:
    counts = fragment_counts(strip((0, 10), (20, 30)), strip((0, 30)), None)
    assert {name: value for name, value in counts.items() if value is not None} == {
        "raw": 2,
        "merged": 1,
    }
