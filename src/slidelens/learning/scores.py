"""Tversky loss of whole images."""

from __future__ import annotations

from typing import Any

import numpy as np

from slidelens.dataset.parts import UNKNOWN
from slidelens.params.schema import LearningParams
from slidelens.types import Float32, Mask, UInt8


def pooled_loss(labels: UInt8, probabilities: Float32, learning: LearningParams) -> float | None:
    """Return the Tversky loss of all known pixels together; None if there are none.

    It does not depend on `learning.loss`, so that trainings with different losses compare.

    Args:
        labels: Labels of any shape: 0, 1 or UNKNOWN.
        probabilities: Probabilities of that shape.
        learning: Weights of the Tversky loss.
    """
    known = labels != UNKNOWN
    sums = TverskySums()
    sums.add(labels[known] == 1, probabilities[known])
    return sums.loss(learning)


class TverskySums:
    """The sums that the Tversky loss of many pixels is computed from."""

    def __init__(self) -> None:
        """Begin without any pixel."""
        self._pixels, self._landslides = 0, 0
        self._probability, self._true_positive = 0.0, 0.0

    def add(self, landslide: Mask, probability: Float32) -> None:
        """Add (n,) pixels.

        Args:
            landslide: Whether each is landslide.
            probability: Their probabilities.
        """
        values = probability.astype(np.float64)
        self._pixels += len(values)
        self._landslides += int(landslide.sum())
        self._probability += float(values.sum())
        self._true_positive += float(values[landslide].sum())

    def loss(self, learning: LearningParams) -> float | None:
        """Return the loss of all pixels; None if there are none."""
        if not self._pixels:
            return None
        ratio = tversky_ratio(
            self._true_positive,
            self._landslides - self._true_positive,
            self._probability - self._true_positive,
            learning.fn_weight,
            learning.fp_weight,
            learning.epsilon,
        )
        return round(float(1 - ratio), 6)  # further digits depend on the number of threads


def tversky_ratio(
    true_positive: Any,
    false_negative: Any,
    false_positive: Any,
    fn_weight: float,
    fp_weight: float,
    epsilon: float,
) -> Any:
    """Return (TP + ε) / (TP + fn_weight·FN + fp_weight·FP + ε), of numbers, arrays or tensors.

    With both weights 0.5 it is the soft Dice coefficient.

    Source: Salehi et al. (2017), doi 10.1007/978-3-319-67389-9_44.
    """
    return (true_positive + epsilon) / (
        true_positive + fn_weight * false_negative + fp_weight * false_positive + epsilon
    )
