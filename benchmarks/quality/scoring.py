"""Scores of a probability map on a part of a ground, pooled over its known pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from slidelens.analysis.accuracy.confusion import count
from slidelens.analysis.accuracy.reliability import reliability

Scores = dict[str, float | None]


def scores(
    landslide: NDArray[np.bool_],
    probability: NDArray[np.float32],
    threshold: float,
    known: NDArray[np.bool_],
    expected: float,
) -> Scores:
    """All scores of `results.Row`. landslide, probability, known: (height, width); expected: the threshold of highest expected F1."""
    counts = count(landslide, probability >= threshold, known)
    there, probable = landslide[known], probability[known]
    best = best_f1(there, probable) if counts.observed else None
    without = counts.false_positive + counts.true_negative
    return {
        **counts.scores(),
        "ece": reliability(there, probable).error,
        "threshold": threshold,
        "f1_best": best,
        "f1_expected": count(landslide, probability >= expected, known).f1,
        "threshold_loss": None if best is None or counts.f1 is None else best - counts.f1,
        "false_alarm_m2_per_km2": counts.false_positive / without * 1e6 if without else None,
    }


def best_f1(landslide: NDArray[np.bool_], probability: NDArray[np.float32]) -> float:
    """The highest F1 of all thresholds that there are. landslide, probability: (n,), some of them landslide."""
    order = np.argsort(-probability, kind="stable")
    last = np.append(
        np.diff(probability[order]) != 0, True
    )  # of each probability, as equal ones pass a threshold together
    f1 = 2 * landslide[order].cumsum() / (np.arange(1, len(order) + 1) + landslide.sum())
    return float(f1[last].max())
