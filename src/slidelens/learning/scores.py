"""Tversky loss of whole images, in numpy or Keras."""

from __future__ import annotations

from typing import Any

import numpy as np

from slidelens.dataset.parts import UNKNOWN
from slidelens.params.schema import LearningParams
from slidelens.types import Float32, UInt8


def pooled_loss(labels: UInt8, probabilities: Float32, learning: LearningParams) -> float | None:
    """Tversky loss of all known pixels together, whatever loss is trained with, so that losses compare; None where none is known."""
    known = labels != UNKNOWN
    if not known.any():
        return None
    landslide, probable = labels[known] == 1, probabilities[known].astype(np.float64)
    hit = float(probable[landslide].sum())
    ratio = tversky_ratio(
        hit,
        landslide.sum() - hit,
        probable.sum() - hit,
        learning.fn_weight,
        learning.fp_weight,
        learning.epsilon,
    )
    return round(float(1 - ratio), 6)  # further digits depend on how threads share the sums


def tversky_ratio(
    true_positive: Any,
    false_negative: Any,
    false_positive: Any,
    fn_weight: float,
    fp_weight: float,
    epsilon: float,
) -> Any:
    """(TP + ε) / (TP + fn_weight·FN + fp_weight·FP + ε), of numbers, arrays or tensors.

    Source: Salehi et al. (2017), doi 10.1007/978-3-319-67389-9_44; with 0.5 and 0.5 the soft Dice coefficient.
    """
    return (true_positive + epsilon) / (
        true_positive + fn_weight * false_negative + fp_weight * false_positive + epsilon
    )
