"""Precision and recall at every threshold of the probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slidelens.types import Float64

LEVELS = 256  # probability maps hold as many


@dataclass(frozen=True)
class PrecisionRecall:
    """A curve from the highest threshold at which anything is predicted to the lowest.

    threshold, precision, recall: (k,), 0…1; empty where there is no landslide on the ground
    """

    threshold: Float64
    precision: Float64
    recall: Float64

    @property
    def average_precision(self) -> float | None:
        """Area under the curve as a sum of steps, None where there is no curve. Source: scikit-learn, `average_precision_score`."""
        return (
            float(np.sum(np.diff(self.recall, prepend=0.0) * self.precision))
            if len(self.recall)
            else None
        )


def precision_recall(
    observed: NDArray[np.bool_], probability: NDArray[np.floating]
) -> PrecisionRecall:
    """The curve of pixels.

    observed: (n,) landslide or not; probability: (n,) 0…1, taken to the nearest 1/255 as maps are stored
    """
    level = np.rint(np.asarray(probability, dtype=np.float64) * (LEVELS - 1)).astype(np.int64)
    at, positives = (
        np.bincount(values, minlength=LEVELS)[::-1].cumsum() for values in (level, level[observed])
    )
    if not positives[-1]:
        nothing = np.zeros(0)
        return PrecisionRecall(nothing, nothing, nothing)
    some = at > 0
    threshold = np.arange(LEVELS)[::-1] / (LEVELS - 1)
    return PrecisionRecall(
        threshold[some], positives[some] / at[some], positives[some] / positives[-1]
    )
