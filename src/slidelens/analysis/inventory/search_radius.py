"""Esri's default search radius of a kernel density."""

from __future__ import annotations

import math

import numpy as np

from slidelens.types import Float64


def default_radius_m(points: Float64, weights: Float64 | None = None) -> float | None:
    """Esri's default search radius, 0.9 · min(SD, √(1/ln 2) · D_m) · n^(−0.2).

    SD is the standard distance, D_m the median distance to the mean centre, n the number of points. With weights all three are weighted
    and n is their sum, so that the radius depends on the weights' unit.
    points: (n, 2) x, y in metres; weights: (n,) ≥ 0
    Returns metres; None where there is no point, or (more than half of) the points lie in one place.
    Source: ArcGIS Pro, "How Kernel Density works".
    """
    points, weights = sort_points(points, weights)
    total = float(weights.sum())
    if not total > 0:
        return None
    distances = np.hypot(*(points - weights @ points / total).T)
    standard = math.sqrt(weights @ distances**2 / total)
    radius = (
        0.9
        * min(standard, math.sqrt(1 / math.log(2)) * _weighted_median(distances, weights))
        * total**-0.2
    )
    # Centroids in metres are sums of large numbers: under a micrometre apart is one place.
    return radius if radius > 1e-6 else None


def sort_points(points: Float64, weights: Float64 | None) -> tuple[Float64, Float64]:
    """Points from west to east with their weights: sums then round the same way, whatever the order in the file."""
    weights = np.ones(len(points)) if weights is None else np.asarray(weights, np.float64)
    order = np.lexsort((weights, points[:, 1], points[:, 0]))
    return points[order], weights[order]


def _weighted_median(values: Float64, weights: Float64) -> float:
    """The value with half the weight on either side; between two such values their mean, as in the unweighted median."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    half = reached[-1] / 2
    lower, upper = np.searchsorted(reached, half, "left"), np.searchsorted(reached, half, "right")
    return float(values[order[lower]] + values[order[min(upper, len(values) - 1)]]) / 2
