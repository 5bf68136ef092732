"""Percentile intervals of resampled estimates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Interval = tuple[float, float]
_CONFIDENCE = (0.025, 0.975)


def percentile_interval(values: Sequence[float]) -> Interval:
    """Return the 95 % percentile interval of resampled values."""
    low, high = np.quantile(values, _CONFIDENCE)
    return float(low), float(high)
