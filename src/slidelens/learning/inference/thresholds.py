"""Choose the probability threshold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from slidelens.dataset.parts import UNKNOWN

DEFAULT_THRESHOLD = 0.5
F1_TOLERANCE = 0.01  # F1 by which thresholds do not differ in earnest: a few landslides of validation ground more or less
MIN_LANDSLIDE_PIXELS = 1000  # of landslide in validation ground, with fewer of which the threshold there is a matter of chance too
STEPS = np.linspace(0.02, 0.98, 97)
BINS, FINE = 20, 512
FINEST = 1000


def best_threshold(probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> float:
    """The threshold in the middle of those whose pooled F1 is the best or within F1_TOLERANCE of it; the best itself is a matter of chance.

    probabilities, labels: any shape, the same; labels UNKNOWN do not count
    Returns DEFAULT_THRESHOLD where no known pixel is landslide.
    """
    known = labels != UNKNOWN
    landslide = labels[known] == 1
    if not landslide.any():
        return DEFAULT_THRESHOLD
    scores = f1_curve(probabilities[known], landslide)
    runs, _ = label(scores >= scores.max() - F1_TOLERANCE)
    best = STEPS[runs == runs[scores.argmax()]]
    return round(float(best[len(best) // 2]), 4)


def expected_threshold(probability: NDArray[np.float32]) -> float:
    """The threshold of highest expected F1, told by the probabilities alone, for ground that nobody has mapped.

    probability: (n,) calibrated, of ground on which there are landslides: where there are none, it finds some all the same
    A map that is less sure than validation ground's takes a lower threshold: the best one is half of the F1 that it reaches.
    Returns DEFAULT_THRESHOLD where nothing is probable.
    Source: Lipton et al. (2014), arXiv 1402.1892.
    """
    place = (probability * FINEST).astype(np.int64)
    pixels, landslide = (
        np.bincount(place, weights, FINEST + 1)[::-1].cumsum()[::-1]
        for weights in (None, probability)
    )
    if not landslide[0]:
        return DEFAULT_THRESHOLD
    f1 = 2 * landslide / (pixels + landslide[0])
    return max(1, int(np.flatnonzero(f1 == f1.max())[-1])) / FINEST


def f1_curve(
    probabilities: NDArray[np.float32], landslide: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """F1 at each of the thresholds 0.02, 0.03 … 0.98. probabilities, landslide: (n,)."""
    edges = np.concatenate([[-np.inf], STEPS, [np.inf]])
    hits = np.histogram(probabilities[landslide], edges)[0][::-1].cumsum()[::-1][1:]
    false = np.histogram(probabilities[~landslide], edges)[0][::-1].cumsum()[::-1][1:]
    return 2 * hits / np.maximum(hits + false + landslide.sum(), 1)
