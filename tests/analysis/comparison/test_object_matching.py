"""One-to-one matching of landslides."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from slidelens.analysis.accuracy.confusion import Counts
from slidelens.analysis.accuracy.fragmentation import count_fragments
from slidelens.analysis.comparison.object_matching import Matching, match_objects
from slidelens.analysis.overlay import overlaps, shapes_of
from slidelens.types import Shapes
from support.inventories.strips import inventories, strip


def matching(observed: Shapes, predicted: Shapes, min_iou: float = 0.5) -> Matching:
    return match_objects(observed, predicted, overlaps(observed, predicted), min_iou)


def test_landslides_by_hand() -> None:
    # IoU 0.8 (80 of 100 m²) is a match, 1/3 is not; F1 = 2 · 1 / (2 + 3), PQ = 0.8 / 2.5
    found = matching(strip((0, 10), (20, 40)), strip((0, 8), (30, 50), (90, 95)))
    assert found.counts == Counts(1, 2, 1)
    assert [found.counts.f1, found.pq] == pytest.approx([0.4, 0.32])


def test_an_iou_of_exactly_a_half_is_a_match() -> None:
    assert matching(strip((0, 20)), strip((0, 10))).counts.true_positive == 1
    assert matching(strip((0, 20)), strip((0, 9.99))).counts.true_positive == 0


def test_a_match_is_one_to_one() -> None:
    assert matching(strip((0, 10)), strip((0, 10), (0, 10))).counts == Counts(1, 1, 0)


def test_landslides_that_compete_are_matched_for_the_best_sum() -> None:
    # IoUs: A–P 95/105, B–Q 70/130, together 1.443; A–Q 85/115, B–P 90/110, together 1.557
    found = matching(strip((0, 100), (15, 115)), strip((5, 105), (-15, 85)))
    assert sorted(zip(found.observed.tolist(), found.predicted.tolist(), strict=True)) == [
        (0, 1),
        (1, 0),
    ]
    assert found.iou.sum() == pytest.approx(85 / 115 + 90 / 110)


def test_each_group_of_competing_landslides_is_matched_on_its_own() -> None:
    observed = strip((0, 10), (20, 30), (50, 60))
    predicted = strip((0, 10), (0, 9), (50, 58), (20, 29), (20, 30), (50, 60))
    found = matching(observed, predicted)
    assert dict(zip(found.observed.tolist(), found.predicted.tolist(), strict=True)) == {
        0: 0,
        1: 4,
        2: 5,
    }
    assert found.counts == Counts(3, 3, 0)


def test_a_landslide_stays_alone_if_that_gives_the_best_sum() -> None:
    # IoUs: A–P 9/11, A–Q 3/18, B–P 4/17 and B–Q 0: A–P alone is more than A–Q and B–P
    found = matching(strip((0, 10), (-6, 5)), strip((1, 11), (7, 15)), min_iou=0.1)
    assert (found.observed.tolist(), found.predicted.tolist()) == ([0], [0])
    assert found.iou.tolist() == pytest.approx([9 / 11])


@given(inventories, inventories, st.sampled_from([0.01, 0.3, 0.5, 1.0]))
def test_no_assignment_has_a_larger_sum(
    observed: Shapes, predicted: Shapes, min_iou: float
) -> None:
    common_m2 = shapely.area(shapely.intersection(observed[:, None], predicted[None]))
    iou = common_m2 / (shapely.area(observed)[:, None] + shapely.area(predicted)[None] - common_m2)
    iou[iou < min_iou - 1e-9] = 0
    found = matching(observed, predicted, min_iou)
    assert found.iou == pytest.approx(iou[found.observed, found.predicted])
    assert len(set(found.observed)) == len(set(found.predicted)) == len(found.iou)
    assert found.iou.sum() == pytest.approx(iou[linear_sum_assignment(iou, maximize=True)].sum())


def test_no_landslide_has_no_panoptic_quality() -> None:
    nothing, something = shapes_of([]), strip((0, 10))
    assert matching(nothing, something).pq is None
    assert matching(something, nothing).pq == 0
    assert matching(nothing, nothing).counts == Counts()


@given(inventories)
def test_an_inventory_agrees_with_itself(inventory: Shapes) -> None:
    found = matching(inventory, inventory)
    assert found.counts == Counts(len(inventory), 0, 0)
    assert found.pq == (pytest.approx(1) if len(inventory) else None)


@given(inventories, inventories)
def test_landslides_match_both_ways(first: Shapes, second: Shapes) -> None:
    there, back = matching(first, second), matching(second, first)
    assert there.iou.sum() == pytest.approx(back.iou.sum())
    if len(first) and len(second):
        assert there.pq == pytest.approx(back.pq)


@given(inventories, inventories, st.integers(0, 1000))
def test_order_and_place_make_no_difference(observed: Shapes, predicted: Shapes, seed: int) -> None:
    shuffled = observed[np.random.default_rng(seed).permutation(len(observed))]
    moved_observed, moved_predicted = (
        shapely.transform(shapes, lambda xy: xy + np.array([1000, 2000]))
        for shapes in (shuffled, predicted)
    )
    here, there = matching(observed, predicted), matching(moved_observed, moved_predicted)
    assert here.iou.sum() == pytest.approx(there.iou.sum())
    pieces, moved_pieces = (
        np.sort(count_fragments(*pair, overlaps(*pair)).pieces).tolist()
        for pair in ((observed, predicted), (moved_observed, moved_predicted))
    )
    assert pieces == moved_pieces
