"""The curve of precision and recall, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.analysis.accuracy.precision_recall import LevelCounts, precision_recall


def test_a_curve_by_hand() -> None:
    # From the top: 1.0 is a landslide (1/1, 1/2), 0.8 is none (1/2, 1/2), 0.6 is one (2/3, 2/2), 0
    # is none (2/4, 2/2).
    curve = precision_recall(np.array([True, False, True, False]), np.array([1.0, 0.8, 0.6, 0.0]))
    chosen = [
        0,
        np.flatnonzero(curve.threshold == 204 / 255)[0],
        np.flatnonzero(curve.threshold == 153 / 255)[0],
        -1,
    ]
    assert curve.precision[chosen] == pytest.approx([1, 1 / 2, 2 / 3, 2 / 4])
    assert curve.recall[chosen] == pytest.approx([1 / 2, 1 / 2, 1, 1])
    # steps of recall: ½ at precision 1, ½ at precision 2/3
    assert curve.average_precision == pytest.approx(1 / 2 + 1 / 3)


def test_it_starts_where_something_is_predicted() -> None:
    curve = precision_recall(np.array([True, False]), np.array([0.4, 0.2]))
    assert curve.threshold[0] == pytest.approx(0.4)
    assert curve.precision[0] == 1


def test_it_starts_with_a_false_alarm_if_that_is_the_surest() -> None:
    curve = precision_recall(np.array([False, True]), np.array([0.8, 0.4]))
    assert curve.threshold == pytest.approx(np.arange(204, -1, -1) / 255)
    assert (curve.precision[0], curve.recall[0]) == (0, 0)
    assert curve.average_precision == 0.5


def test_pixels_may_come_in_parts() -> None:
    rng = np.random.default_rng(1)
    probability = rng.random(60)
    observed = rng.random(60) < probability
    counts, whole = LevelCounts(), precision_recall(observed, probability)
    for part in (slice(0, 0), slice(0, 7), slice(7, 40), slice(40, 60)):
        counts.add(observed[part], probability[part])
    for name in ("threshold", "precision", "recall"):
        np.testing.assert_array_equal(getattr(counts.curve(), name), getattr(whole, name))


def test_probabilities_are_rounded_to_the_nearest_level_of_a_stored_map() -> None:
    # 100.6/255 is level 101, 99.6/255 is level 100
    curve = precision_recall(np.array([True, False]), np.array([100.6, 99.6]) / 255)
    assert curve.threshold[0] == pytest.approx(101 / 255)
    assert curve.precision[:2] == pytest.approx([1, 1 / 2])


def test_recall_ends_at_all_landslides_whatever_the_lowest_level_holds() -> None:
    # one of two landslides is at level 0
    curve = precision_recall(np.array([True, True, False]), np.array([0.8, 0.0, 0.4]))
    assert (curve.recall[0], curve.recall[-2], curve.recall[-1]) == (0.5, 0.5, 1)


@pytest.mark.parametrize("size", [0, 3])
def test_no_landslide_no_curve(size: int) -> None:
    curve = precision_recall(np.zeros(size, bool), np.full(size, 0.5))
    assert len(curve.threshold) == 0
    assert curve.average_precision is None
