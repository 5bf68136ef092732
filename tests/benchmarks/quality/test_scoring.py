"""Scores of maps, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.quality.scoring import best_f1, score_map


def test_scores_by_hand() -> None:
    # At 0.5: 0.9 hits, 0.6 is false, 0.4 is missed. At 0.3 … 0.4 both are hit and one is false:
    # F1 2 · 2 / (2 + 3) = 0.8.
    landslide = np.array([[True, False, True, False, True]])
    known = np.array([[True, True, True, True, False]])
    probability = np.array([[0.9, 0.6, 0.4, 0.1, 0.9]], np.float32)
    scores = score_map(landslide, probability, 0.5, known, expected=0.35)
    assert (scores.precision, scores.recall, scores.f1) == (0.5, 0.5, 0.5)
    assert scores.iou == pytest.approx(1 / 3)
    assert scores.f1_expected == pytest.approx(0.8)  # at 0.35
    assert scores.f1_best == pytest.approx(0.8)
    assert scores.threshold_loss == pytest.approx(0.3)
    assert scores.false_alarm_m2_per_km2 == 500_000  # half of the ground without a landslide
    assert scores.ece == pytest.approx((0.1 + 0.6 + 0.6 + 0.1) / 4)  # each alone in its bin


def test_the_best_of_all_thresholds() -> None:
    # Beyond every round threshold, one of two equal pixels is landslide: both together give F1
    # 2 · 2 / (3 + 2) = 0.8, and 0.999 alone 2 / (1 + 2).
    landslide = np.array([True, False, True, False])
    probability = np.array([0.999, 0.995, 0.995, 0.1], np.float32)
    assert best_f1(landslide, probability) == pytest.approx(0.8)


def test_ground_without_landslides_has_false_alarms_alone() -> None:
    scores = score_map(
        np.zeros((1, 4), bool),
        np.array([[0.9, 0.1, 0.1, 0.1]], np.float32),
        0.5,
        np.ones((1, 4), bool),
        0.3,
    )
    assert scores.f1 is scores.f1_best is scores.f1_expected is scores.threshold_loss is None
    assert scores.false_alarm_m2_per_km2 == 250_000
