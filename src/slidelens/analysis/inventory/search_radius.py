"""Default search radius of a kernel density."""

from __future__ import annotations

import math

import numpy as np

from slidelens.types import Float64

_MIN_RADIUS_M = 1e-6  # centroids are sums of large numbers: closer points are one place


def default_radius_m(points: Float64, weights: Float64 | None = None) -> float | None:
    """Return Esri's default search radius, 0.9 · min(SD, √(1/ln 2) · D_m) · n^(−0.2), in metres.

    SD is the standard distance, D_m the median distance to the mean centre, n the number of points.
    With weights all three are weighted and n is their sum, so the radius depends on their unit.

    Args:
        points: (n, 2) x, y in metres.
        weights: (n,) ≥ 0, by default 1 each.

    Returns:
        The radius; None without points, or if (more than half of) the points coincide.

    Source: ArcGIS Pro, "How Kernel Density works".
    """
    points, weights = sort_points(points, weights)
    total = float(weights.sum())
    if not total > 0:
        return None
    distances = np.hypot(*(points - weights @ points / total).T)
    standard = math.sqrt(weights @ distances**2 / total)
    median = math.sqrt(1 / math.log(2)) * _weighted_median(distances, weights)
    radius_m = 0.9 * min(standard, median) * total**-0.2
    return radius_m if radius_m > _MIN_RADIUS_M else None


def sort_points(points: Float64, weights: Float64 | None) -> tuple[Float64, Float64]:
    """Sort points from west to east, so that sums round the same way for any order in the file.

    Args:
        points: (n, 2) x, y.
        weights: (n,), by default 1 each.

    Returns:
        The sorted points and their weights.
    """
    weights = np.ones(len(points)) if weights is None else np.asarray(weights, np.float64)
    order = np.lexsort((weights, points[:, 1], points[:, 0]))
    return points[order], weights[order]


def _weighted_median(values: Float64, weights: Float64) -> float:
    """Return the value with half the weight on either side, or the mean of the two such values."""
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order])
    half = cumulative[-1] / 2
    lower = np.searchsorted(cumulative, half, "left")
    upper = np.searchsorted(cumulative, half, "right")
    return float(values[order[lower]] + values[order[min(int(upper), len(values) - 1)]]) / 2
