"""Weigh what other dates tell about a date against what its own map shows.

The maps of a series err at the same places, so their evidence is less than that of independent
maps. The logarithms of the three messages (earlier dates, the date itself, later dates) get a
weight each, and each other state an offset, by maximum likelihood on labelled pixels: a logistic
regression in which the plain chain has weights of 1 and offsets of 0.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from slidelens.analysis.revision.chain import Messages
from slidelens.analysis.revision.states import LANDSLIDE, NOT_LANDSLIDE
from slidelens.types import Float64, Mask

PLAIN = np.array([1.0, 1, 1, 0, 0, 0])
_RIDGE = 1e-4  # draws the weights to PLAIN where labels tell little
_FLOOR = 1e-12  # of messages, before their logarithms


def weighted_odds(messages: Messages, date: int, weights: Float64) -> Float64:
    """Return the (n,) log-odds of landslide at a date.

    Args:
        messages: Of the chain.
        date: Number of the date.
        weights: (6,) those of earlier dates, the date itself and later dates; then the offsets of
            the states NOT_LANDSLIDE.
    """
    return _odds(_logs(messages, date), weights)[0]


def fit_weights(messages: Messages, date: int, landslide: Mask, pixels: Float64) -> Float64:
    """Return the (6,) weights of maximum likelihood of a date.

    Args:
        messages: Of the chain, on labelled pixels.
        date: Number of the date.
        landslide: (n,) whether a pixel is labelled as landslide.
        pixels: (n,) number of pixels.
    """
    logs, share = _logs(messages, date), pixels / pixels.sum()

    def loss(weights: Float64) -> tuple[float, Float64]:
        odds, parts = _odds(logs, weights)
        distance = weights - PLAIN
        value = (share * (np.logaddexp(0, odds) - landslide * odds)).sum()
        residual = share * (expit(odds) - landslide)
        mean = (parts[None] * logs[:, NOT_LANDSLIDE]).sum(axis=1)
        slope = np.concatenate([(logs[:, LANDSLIDE] - mean) @ residual, -(parts @ residual)])
        penalty = _RIDGE * distance
        return float(value + penalty @ distance / 2), np.asarray(slope + penalty)

    found = minimize(loss, PLAIN, jac=True, method="L-BFGS-B", options={"maxiter": 60})
    return np.asarray(found.x, dtype=float)


def _logs(messages: Messages, date: int) -> Float64:
    """Return the (3, states, n) logarithms of the messages to a date."""
    each = (messages.before[date], messages.evidence[date], messages.after[date])
    return np.asarray(np.log(np.maximum(np.stack(each), _FLOOR)))


def _odds(logs: Float64, weights: Float64) -> tuple[Float64, Float64]:
    """Return the (n,) log-odds of landslide, and the (3, n) shares of the other states."""
    sums = weights[0] * logs[0] + weights[1] * logs[1] + weights[2] * logs[2]
    others = sums[list(NOT_LANDSLIDE)] + weights[3:, None]
    highest = others.max(axis=0)
    scaled = np.exp(others - highest)
    total = scaled[0] + scaled[1] + scaled[2]
    return sums[LANDSLIDE] - (highest + np.log(total)), scaled / total
