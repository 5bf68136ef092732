"""Confusion counts and scores by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from slidelens.analysis.accuracy.confusion import Counts, count
from slidelens.types import Mask

numbers = st.integers(0, 10**9)
counts = st.builds(Counts, numbers, numbers, numbers, numbers)
maps = arrays(bool, (3, 4))


def test_scores_by_hand() -> None:
    # 6 right, 2 false alarms, 4 misses: P = 6/8, R = 6/10, F1 = 12/18, IoU = 6/12
    scores = Counts(6, 2, 4, 88).scores()
    assert scores == {"precision": 0.75, "recall": 0.6, "f1": pytest.approx(2 / 3), "iou": 0.5}
    assert Counts(6, 2, 4, 88).why() is None


def test_f1_of_nothing_is_null_and_says_why() -> None:
    assert Counts(0, 0, 0, 100).scores() == {
        "precision": None,
        "recall": None,
        "f1": None,
        "iou": None,
    }
    assert Counts(0, 0, 0, 100).why() == "no landslide in the test blocks"


def test_false_alarms_alone_have_a_precision_of_0_and_no_f1() -> None:
    assert Counts(0, 7, 0, 93).scores() == {
        "precision": 0.0,
        "recall": None,
        "f1": None,
        "iou": None,
    }


def test_misses_alone_have_an_f1_of_0() -> None:
    assert Counts(0, 0, 7, 93).scores() == {"precision": None, "recall": 0.0, "f1": 0.0, "iou": 0.0}
    assert Counts(0, 0, 7, 93).why("the scene") == "no landslide predicted in the scene"


def test_no_known_ground_says_so() -> None:
    assert Counts().why() == "no known ground in the test blocks"


def test_unknown_pixels_do_not_count() -> None:
    observed = np.array([True, True, False, False, True])
    predicted = np.array([True, False, True, False, True])
    known = np.array([True, True, True, True, False])
    assert count(observed, predicted, known) == Counts(1, 1, 1, 1)
    assert count(observed, predicted) == Counts(2, 1, 1, 1)


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match=r"different shapes: \[\(2,\), \(3,\)\]"):
        count(np.zeros(2, bool), np.zeros(3, bool))


@given(counts, counts, counts)
def test_adding_is_commutative_and_associative(a: Counts, b: Counts, c: Counts) -> None:
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + Counts() == a


@given(maps, maps, maps)
def test_every_known_pixel_is_counted_once(observed: Mask, predicted: Mask, known: Mask) -> None:
    assert count(observed, predicted, known).total == known.sum()


@given(maps, maps, maps)
def test_parts_add_up_to_the_whole(observed: Mask, predicted: Mask, known: Mask) -> None:
    top, rest = (
        count(observed[part], predicted[part], known[part])
        for part in (slice(0, 1), slice(1, None))
    )
    assert top + rest == count(observed, predicted, known)


@given(maps, maps)
def test_swapping_observed_and_predicted_swaps_precision_and_recall(
    observed: Mask, predicted: Mask
) -> None:
    there, back = count(observed, predicted), count(predicted, observed)
    assert (there.precision, there.recall) == (back.recall, back.precision)
    if observed.any() and predicted.any():
        assert (there.f1, there.iou) == (back.f1, back.iou)


@given(counts)
def test_f1_is_a_function_of_iou(counted: Counts) -> None:
    f1, iou = counted.f1, counted.iou
    assert (f1 is None) == (iou is None) == (counted.observed == 0)
    if f1 is not None and iou is not None:
        assert f1 == pytest.approx(2 * iou / (1 + iou))
        assert 0 <= iou <= f1 <= 1
