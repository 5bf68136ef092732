"""Precision and recall at every probability threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slidelens.types import Float64, Mask

LEVELS = 256  # distinct values of a stored probability map


@dataclass(frozen=True)
class PrecisionRecall:
    """A precision–recall curve, from the highest threshold with a prediction to the lowest.

    Attributes:
        threshold: (k,), 0…1; empty, like the others, if nothing is observed.
        precision: (k,), 0…1.
        recall: (k,), 0…1.
    """

    threshold: Float64
    precision: Float64
    recall: Float64

    @property
    def average_precision(self) -> float | None:
        """Return the area under the curve as a sum of steps; None without a curve.

        Source: scikit-learn, `average_precision_score`.
        """
        if not len(self.recall):
            return None
        return float(np.sum(np.diff(self.recall, prepend=0.0) * self.precision))


def precision_recall(observed: Mask, probability: NDArray[np.floating]) -> PrecisionRecall:
    """Compute the precision–recall curve of pixels.

    Args:
        observed: (n,), true for landslide.
        probability: (n,), 0…1, rounded to the nearest 1/255 as in stored maps.
    """
    counts = LevelCounts()
    counts.add(observed, probability)
    return counts.curve()


class LevelCounts:
    """Numbers of pixels at each level of a stored map, of pixels added in parts."""

    def __init__(self) -> None:
        """Begin without any pixel."""
        self._pixels, self._landslides = np.zeros((2, LEVELS), np.int64)

    def add(self, observed: Mask, probability: NDArray[np.floating]) -> None:
        """Add (n,) pixels; see `precision_recall`."""
        scaled = np.asarray(probability, dtype=np.float64) * (LEVELS - 1)
        level = np.rint(scaled).astype(np.int64)
        self._pixels += np.bincount(level, minlength=LEVELS)
        self._landslides += np.bincount(level[observed], minlength=LEVELS)

    def curve(self) -> PrecisionRecall:
        """Return the curve of all pixels."""
        predicted, hits = (values[::-1].cumsum() for values in (self._pixels, self._landslides))
        if not hits[-1]:
            empty = np.zeros(0)
            return PrecisionRecall(empty, empty, empty)
        nonzero = predicted > 0
        threshold = np.arange(LEVELS)[::-1] / (LEVELS - 1)
        return PrecisionRecall(
            threshold=threshold[nonzero],
            precision=hits[nonzero] / predicted[nonzero],
            recall=hits[nonzero] / hits[-1],
        )
