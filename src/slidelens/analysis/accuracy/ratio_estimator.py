"""Ratio estimator of landslide number and area, with a confidence interval.

Model: in each cell the true value is a ratio R of the predicted one, with a variance proportional
to the prediction. Cells with a known truth give R and the variance; elsewhere the estimate is R
times the prediction. The interval is Student's t, as there are few cells.

Source: Royall (1970), Biometrika 57(2), 377–387, doi 10.1093/biomet/57.2.377.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from slidelens.types import Float64

MIN_CELLS = 4


@dataclass(frozen=True)
class Interval:
    """An estimate and its confidence interval.

    Attributes:
        estimate: Best estimate.
        low: Lower end, ≥ 0.
        high: Upper end.
        confidence: Share of such intervals that contain the truth, 0…1.
    """

    estimate: float
    low: float
    high: float
    confidence: float


def ratio_interval(
    known: Float64, predicted: Float64, elsewhere: float, confidence: float
) -> Interval | None:
    """Estimate the true value of a region from its predicted value.

    Args:
        known: (cells,) true values where both are known, ≥ 0, e.g. numbers or areas.
        predicted: (cells,) predicted values of the same cells, ≥ 0.
        elsewhere: Predicted value of the region.
        confidence: Of the interval, 0…1.

    Returns:
        The estimate, or None if fewer than `MIN_CELLS` groups of cells have a prediction.
    """
    known, predicted = _pool_small_cells(np.asarray(known, float), np.asarray(predicted, float))
    cells = len(predicted)
    if cells < MIN_CELLS:
        return None
    ratio = known.sum() / predicted.sum()
    variance = ((known - ratio * predicted) ** 2 / predicted).sum() / (cells - 1)
    spread = math.sqrt(variance * elsewhere * (1 + elsewhere / predicted.sum()))
    half = float(stdtrit(cells - 1, (1 + confidence) / 2)) * spread
    estimate = float(ratio * elsewhere)
    return Interval(estimate, max(0.0, estimate - half), estimate + half, confidence)


def _pool_small_cells(known: Float64, predicted: Float64) -> tuple[Float64, Float64]:
    """Pool cells with a small prediction up to a tenth of the mean, as the model divides by it."""
    minimum = predicted.mean() / 10 if len(predicted) else 0.0
    if not minimum:
        return np.array([]), np.array([])
    pooled, group = [], np.zeros(2)
    for cell in np.column_stack([known, predicted])[np.argsort(predicted, kind="stable")]:
        group = group + cell
        # Always reached at the last cell, whose prediction is at least the mean.
        if group[1] >= minimum:
            pooled.append(group)
            group = np.zeros(2)
    return np.array([k for k, _ in pooled]), np.array([p for _, p in pooled])
