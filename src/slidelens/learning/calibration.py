"""The probability from which a pixel is landslide, chosen on validation ground."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from slidelens.learning.split import UNKNOWN

DEFAULT_THRESHOLD = 0.5
AS_GOOD = 0.01  # F1 by which thresholds do not differ in earnest: a few landslides of validation ground more or less
_STEPS = np.linspace(0.02, 0.98, 97)


def best_threshold(probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> float:
    """The threshold in the middle of those whose pooled F1 is the best or within AS_GOOD of it; the best itself is a matter of chance.

    probabilities, labels: any shape, the same; labels UNKNOWN do not count
    Returns DEFAULT_THRESHOLD where no known pixel is landslide.
    """
    known = labels != UNKNOWN
    landslide = labels[known] == 1
    if not landslide.any():
        return DEFAULT_THRESHOLD
    scores = f1_curve(probabilities[known], landslide)
    runs, _ = label(scores >= scores.max() - AS_GOOD)
    best = _STEPS[runs == runs[scores.argmax()]]
    return round(float(best[len(best) // 2]), 4)


def f1_curve(probabilities: NDArray[np.float32], landslide: NDArray[np.bool_]) -> NDArray[np.float64]:
    """F1 at each of the thresholds 0.02, 0.03 … 0.98. probabilities, landslide: (n,)."""
    edges = np.concatenate([[-np.inf], _STEPS, [np.inf]])
    hits = np.histogram(probabilities[landslide], edges)[0][::-1].cumsum()[::-1][1:]
    false = np.histogram(probabilities[~landslide], edges)[0][::-1].cumsum()[::-1][1:]
    return 2 * hits / np.maximum(hits + false + landslide.sum(), 1)
