"""Logistic regression with few features, and an offset for each group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from slidelens.types import Float64, Int64, Mask

_RIDGE = 1.0  # of the weights of standardised features, and of the groups' offsets
_CLIP = 0.005  # probabilities are clipped to this distance from 0 and 1


@dataclass(frozen=True)
class LogisticModel:
    """A logistic regression on standardised features.

    Attributes:
        mean: (features,) by which features are centred.
        deviation: (features,) by which they are divided.
        weights: (features,) of the standardised features.
        offset: Common offset.
        groups: (groups,) offset of each group, drawn to 0.
    """

    mean: Float64
    deviation: Float64
    weights: Float64
    offset: float
    groups: Float64

    def probability(self, features: Float64, group: Int64) -> Float64:
        """Return (n,) probabilities.

        Args:
            features: (n, features).
            group: (n,) number of the group of each.
        """
        scaled = (features - self.mean) / self.deviation
        return np.asarray(expit(scaled @ self.weights + self.offset + self.groups[group]))


def fit_logistic(
    features: Float64, group: Int64, positive: Mask, groups: int, minimum: int
) -> LogisticModel | None:
    """Fit the model of highest penalised likelihood.

    Args:
        features: (n, features).
        group: (n,) number of the group of each.
        positive: (n,) the classes.
        groups: Number of groups.
        minimum: Number that each class must have.

    Returns:
        The model; None if a class has fewer.
    """
    if min(positive.sum(), (~positive).sum()) < minimum:
        return None
    mean, deviation = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-9)
    scaled = (features - mean) / deviation
    every = np.column_stack([scaled, np.ones(len(scaled)), np.eye(groups)[group]])
    count = scaled.shape[1]
    drawn = np.ones(every.shape[1])
    drawn[count] = 0.0  # the common offset is free

    def loss(weights: Float64) -> tuple[float, Float64]:
        odds = every @ weights
        value = (np.logaddexp(0, odds) - positive * odds).sum()
        penalty = _RIDGE * drawn * weights
        return value + penalty @ weights / 2, every.T @ (expit(odds) - positive) + penalty

    found = minimize(loss, np.zeros(every.shape[1]), jac=True, method="L-BFGS-B").x
    return LogisticModel(mean, deviation, found[:count], float(found[count]), found[count + 1 :])


def log_odds(probability: Float64) -> Float64:
    """Return the log-odds of probabilities, clipped a little below 1 and above 0."""
    return np.asarray(logit(np.clip(probability, _CLIP, 1 - _CLIP)))
