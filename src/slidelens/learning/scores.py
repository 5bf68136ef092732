"""Tversky loss of whole images."""

from __future__ import annotations

from typing import Any

import numpy as np

from slidelens.dataset.parts import UNKNOWN
from slidelens.params.schema import LearningParams
from slidelens.types import Float32, Float64, Mask, UInt8


def pooled_loss(
    labels: UInt8,
    probabilities: Float32,
    learning: LearningParams,
    weights: Float64 | None = None,
) -> float | None:
    """Return the Tversky loss of all known pixels together; None if there are none.

    It does not depend on `learning.loss`, so that trainings with different losses compare.

    Args:
        labels: Labels of any shape: 0, 1 or UNKNOWN.
        probabilities: Probabilities of that shape.
        learning: Weights of the Tversky loss.
        weights: Weight of each pixel, of that shape; None: 1.
    """
    known = labels != UNKNOWN
    sums = TverskySums()
    chosen = None if weights is None else weights[known]
    sums.add(labels[known] == 1, probabilities[known], chosen)
    return sums.loss(learning)


class TverskySums:
    """The sums that the Tversky loss of many pixels is computed from."""

    def __init__(self) -> None:
        """Begin without any pixel."""
        self._pixels, self._landslides = 0, 0.0
        self._probability, self._true_positive = 0.0, 0.0

    def add(self, landslide: Mask, probability: Float32, weights: Float64 | None = None) -> None:
        """Add (n,) pixels.

        Args:
            landslide: Whether each is landslide.
            probability: Their probabilities.
            weights: Their weights; None: 1.
        """
        values = probability.astype(np.float64)
        self._pixels += len(values)
        if weights is not None:
            values = values * weights
        self._landslides += float((landslide if weights is None else weights[landslide]).sum())
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


def ground_weights(labels: UInt8, landslide_share: float | None) -> Float64:
    """Return weights of pixels that sum to 1 over the known ones, 0 where unknown.

    Args:
        labels: Labels of any shape: 0, 1 or UNKNOWN.
        landslide_share: Sum of the weights of the landslides; None, or if the labels are of one
            class: their share in the labels.
    """
    landslide, bare = labels == 1, labels == 0
    number, others = int(landslide.sum()), int(bare.sum())
    share = number / max(number + others, 1)
    if landslide_share is not None and number and others:
        share = landslide_share
    weights: Float64 = landslide * (share / max(number, 1)) + bare * ((1 - share) / max(others, 1))
    return weights


def weighted_scores(landslide: Mask, predicted: Mask, weights: Float64) -> dict[str, float | None]:
    """Return what `Counts` says of weighted pixels; None where it is undefined."""
    both, observed, mapped = (
        float(weights[where].sum()) for where in (landslide & predicted, landslide, predicted)
    )
    return {
        "f1": 2 * both / (observed + mapped) if observed else None,
        "precision": both / mapped if mapped else None,
        "recall": both / observed if observed else None,
    }
