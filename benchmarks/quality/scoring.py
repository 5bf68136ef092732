"""Score a probability map on a part of the image, pooled over its known pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slidelens.analysis.accuracy.confusion import count
from slidelens.analysis.accuracy.reliability import reliability
from slidelens.types import Float32, Mask


@dataclass(frozen=True)
class Scores:
    """Scores of a map; None if a score is undefined.

    Attributes:
        f1: F1 at the method's own threshold; so are precision, recall and IoU.
        precision: Share of the mapped pixels that are landslide.
        recall: Share of the landslide pixels that are mapped.
        iou: Intersection over union.
        ece: Expected calibration error.
        threshold: The method's own threshold.
        f1_best: F1 at the best threshold for these very pixels, which nobody could have chosen.
        f1_expected: F1 at the threshold of highest F1 that the map itself expects outside the test
            blocks (`evaluate.threshold: expected`).
        threshold_loss: `f1_best` minus `f1`.
        false_alarm_m2_per_km2: Falsely mapped area per area without landslides.
    """

    f1: float | None
    precision: float | None
    recall: float | None
    iou: float | None
    ece: float | None
    threshold: float
    f1_best: float | None
    f1_expected: float | None
    threshold_loss: float | None
    false_alarm_m2_per_km2: float | None


def score_map(
    landslide: Mask, probability: Float32, threshold: float, known: Mask, expected: float
) -> Scores:
    """Return the scores of a map.

    Args:
        landslide: (height, width) truth.
        probability: (height, width).
        threshold: The method's own threshold.
        known: (height, width) pixels that count.
        expected: The threshold of highest expected F1.
    """
    counts = count(landslide, probability >= threshold, known)
    truth, probabilities = landslide[known], probability[known]
    best = best_f1(truth, probabilities) if counts.observed else None
    without = counts.false_positive + counts.true_negative
    return Scores(
        f1=counts.f1,
        precision=counts.precision,
        recall=counts.recall,
        iou=counts.iou,
        ece=reliability(truth, probabilities).error,
        threshold=threshold,
        f1_best=best,
        f1_expected=count(landslide, probability >= expected, known).f1,
        threshold_loss=None if best is None or counts.f1 is None else best - counts.f1,
        false_alarm_m2_per_km2=counts.false_positive / without * 1e6 if without else None,
    )


def best_f1(landslide: Mask, probability: Float32) -> float:
    """Return the highest F1 of all thresholds.

    Args:
        landslide: (n,) truth, some of it landslide.
        probability: (n,).
    """
    order = np.argsort(-probability, kind="stable")
    # Pixels of equal probability pass a threshold together: only the last of them counts.
    last = np.append(np.diff(probability[order]) != 0, True)
    f1 = 2 * landslide[order].cumsum() / (np.arange(1, len(order) + 1) + landslide.sum())
    return float(f1[last].max())
