"""How many landslides there are, and on how much ground, with the interval that the truth lies in: from cells where both inventories are known.

Ratio model: in each cell the true figure is a share R of the predicted one, give or take a variance that grows with the prediction. Cells
where the truth is known give R and that variance; the prediction elsewhere, times R, is the estimate there.
Source: Royall (1970), Biometrika 57(2), 377–387, doi 10.1093/biomet/57.2.377; an interval of Student's t, as there are few cells.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

Cells = NDArray[np.float64]

MIN_CELLS = 4


@dataclass(frozen=True)
class Interval:
    """An estimate and its interval. Both ends are 0 or more; confidence: how often such an interval holds the truth."""

    estimate: float
    low: float
    high: float
    confidence: float


def ratio_interval(
    known: Cells, predicted: Cells, elsewhere: float, confidence: float
) -> Interval | None:
    """The true figure of ground where `elsewhere` is predicted.

    known, predicted: (cells,) true and predicted figures of cells where both are known, 0 or more, such as numbers or areas
    None where fewer than FEWEST_CELLS cells have a prediction: too little is known to say.
    """
    known, predicted = _grouped(np.asarray(known, float), np.asarray(predicted, float))
    cells = len(predicted)
    if cells < MIN_CELLS:
        return None
    ratio = known.sum() / predicted.sum()
    variance = ((known - ratio * predicted) ** 2 / predicted).sum() / (cells - 1)
    spread = math.sqrt(variance * elsewhere * (1 + elsewhere / predicted.sum()))
    half = float(student.ppf((1 + confidence) / 2, cells - 1)) * spread
    estimate = float(ratio * elsewhere)
    return Interval(estimate, max(0.0, estimate - half), estimate + half, confidence)


def _grouped(known: Cells, predicted: Cells) -> tuple[Cells, Cells]:
    """The cells by size, those with little prediction put together up to a tenth of the mean: the model divides by it."""
    least = predicted.mean() / 10 if len(predicted) else 0.0
    groups, group = [], np.zeros(2)
    for cell in (
        np.column_stack([known, predicted])[np.argsort(predicted, kind="stable")] if least else ()
    ):
        group = group + cell
        if (
            group[1] >= least
        ):  # true of the last cell at the latest, which is no smaller than the mean
            groups.append(group)
            group = np.zeros(2)
    return (np.array([k for k, _ in groups]), np.array([p for _, p in groups]))
