"""Choose the probability threshold."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import label
from scipy.special import expit, logit

from slidelens.dataset.parts import UNKNOWN
from slidelens.types import Float32, Float64, Int64, Mask, UInt8

DEFAULT_THRESHOLD = 0.5
F1_TOLERANCE = 0.01  # smaller differences of F1 depend on a few landslides
MIN_LANDSLIDE_PIXELS = 1000  # in the validation blocks; with fewer the threshold is unreliable
STEPS = np.linspace(0.02, 0.98, 97)
_LOGIT_STEP, _LARGEST_LOGIT = 0.05, 9.0
LOGITS = np.arange(-_LARGEST_LOGIT, _LARGEST_LOGIT + _LOGIT_STEP / 2, _LOGIT_STEP)
_EXPECTED_STEPS = 1000  # thresholds that `expected_threshold` compares
_UNIT = 2**20  # of sums of probabilities


def best_threshold(probabilities: Float32, labels: UInt8, weights: Float64 | None = None) -> float:
    """Return the middle of the range of thresholds around the best one, by pooled F1.

    Args:
        probabilities: Probabilities, any shape.
        labels: Labels of that shape: 0, 1 or UNKNOWN, which is ignored.
        weights: Weight of each pixel, of that shape; None: 1.

    Returns:
        The threshold; DEFAULT_THRESHOLD if no known pixel is landslide.
    """
    known = labels != UNKNOWN
    landslide = labels[known] == 1
    if not landslide.any():
        return DEFAULT_THRESHOLD
    chosen = None if weights is None else weights[known]
    first, last = best_range(f1_curve(probabilities[known], landslide, chosen))
    return round(float(STEPS[(first + last + 1) // 2]), 4)


class BestThreshold:
    """The threshold in the middle of the logits around the best one, by pooled F1.

    It is for weights that map the ground that they were fine-tuned on. `best_threshold` takes the
    middle of the outputs, which is higher, and better on other ground. The pixels are added in any
    order and in any parts.
    """

    def __init__(self) -> None:
        """Begin without any pixel."""
        self._bare, self._landslide = np.zeros((2, len(LOGITS) + 1))

    def add(self, output: Float32, labels: UInt8, bare_weight: float = 1.0) -> None:
        """Add pixels.

        Args:
            output: Output of a network, any shape.
            labels: Labels of that shape: 0, 1 or UNKNOWN, which is ignored.
            bare_weight: Weight of the pixels of 0. If only some of the landslides of this ground
                are labelled, it is their share.
        """
        self._bare += bare_weight * _count_by_logit(output[labels == 0])
        self._landslide += _count_by_logit(output[labels == 1])

    def choose(self) -> float:
        """Return the threshold; DEFAULT_THRESHOLD if no known pixel is landslide."""
        if not self._landslide.any():
            return DEFAULT_THRESHOLD
        return output_at(middle_of_best(self.f1()))

    def f1(self) -> Float64:
        """Return F1 at each of the thresholds whose logits are `LOGITS`."""
        return f1_between(self._landslide, self._bare)


def _count_by_logit(output: Float32) -> Int64:
    """Return the number of outputs below the first of `LOGITS`, from it to the second and so on."""
    bins = np.searchsorted(LOGITS, logits_of(output), "right")
    return np.bincount(bins, minlength=len(LOGITS) + 1)


def logits_of(output: Float32) -> Float64:
    """Return the logits of outputs, within `LOGITS`."""
    logits: Float64 = np.clip(logit(output.astype(np.float64)), -_LARGEST_LOGIT, _LARGEST_LOGIT)
    return logits


def best_range(f1: Float64) -> tuple[int, int]:
    """Return the first and the last position of the range around the best F1.

    In it F1 is within F1_TOLERANCE of the best; the position of the best one is a matter of chance.

    Args:
        f1: (n,) F1 at thresholds in order.
    """
    ranges, _ = label(f1 >= f1.max() - F1_TOLERANCE)
    best = np.flatnonzero(ranges == ranges[f1.argmax()])
    return int(best[0]), int(best[-1])


def middle_of_best(f1: Float64) -> int:
    """Return the position of the middle of the range around the best F1, see `best_range`."""
    return sum(best_range(f1)) // 2


def output_at(index: int) -> float:
    """Return the output whose logit is at a position of `LOGITS`."""
    return float(expit(LOGITS[index]))


def threshold_index(output: float) -> int:
    """Return the position of the logit nearest to that of an output in `LOGITS`."""
    return int(np.abs(LOGITS - logits_of(np.array([output], np.float32))[0]).argmin())


def expected_threshold(probability: Float32) -> float:
    """Return the threshold of highest expected F1, from the probabilities alone.

    Args:
        probability: (n,) calibrated; see `ExpectedThreshold`.

    Returns:
        The threshold; DEFAULT_THRESHOLD if all probabilities are 0.
    """
    expected = ExpectedThreshold()
    expected.add(probability)
    return expected.choose()


class ExpectedThreshold:
    """The threshold of highest expected F1, from the probabilities of a map alone.

    It is half of that F1, so that less certain maps get a lower threshold. The probabilities are
    added in any order and in any parts.

    Source: Lipton et al. (2014), arXiv 1402.1892.
    """

    def __init__(self) -> None:
        """Begin without any pixel."""
        self._pixels, self._landslide = np.zeros((2, _EXPECTED_STEPS + 1), np.int64)

    def add(self, probability: Float32) -> None:
        """Add pixels.

        Args:
            probability: (n,) calibrated, of an area with landslides: without any, some pixels
                would still exceed the threshold.
        """
        bins = (probability * _EXPECTED_STEPS).astype(np.int64)
        self._pixels += np.bincount(bins, minlength=_EXPECTED_STEPS + 1)
        # Whole numbers, so that the sums do not depend on the order; exact up to 2³³ pixels.
        units = np.rint(probability * np.float64(_UNIT))
        self._landslide += np.bincount(bins, units, _EXPECTED_STEPS + 1).astype(np.int64)

    def choose(self) -> float:
        """Return the threshold; DEFAULT_THRESHOLD if all probabilities are 0."""
        pixels, landslide = (
            values[::-1].cumsum()[::-1] for values in (self._pixels, self._landslide / _UNIT)
        )
        if not landslide[0]:
            return DEFAULT_THRESHOLD
        f1 = 2 * landslide / (pixels + landslide[0])
        return max(1, int(np.flatnonzero(f1 == f1.max())[-1])) / _EXPECTED_STEPS


def f1_curve(probabilities: Float32, landslide: Mask, weights: Float64 | None = None) -> Float64:
    """Return F1 at each of the thresholds `STEPS`: 0.02, 0.03 … 0.98.

    Args:
        probabilities: (n,).
        landslide: (n,), whether a pixel is landslide.
        weights: (n,), weight of each pixel; None: 1.
    """
    edges = np.concatenate([[-np.inf], STEPS, [np.inf]])
    counts = [
        np.histogram(
            probabilities[where], edges, weights=None if weights is None else weights[where]
        )[0]
        for where in (landslide, ~landslide)
    ]
    return f1_between(*counts)


def f1_between(landslide: Float64 | Int64, bare: Float64 | Int64) -> Float64:
    """Return F1 at thresholds from histograms of the scores; 0 without any pixel.

    Args:
        landslide: (n + 1,) number or weight of the landslide pixels below the first threshold, from
            it to the second and so on.
        bare: (n + 1,) that of the other pixels.

    Returns:
        (n,) F1 if the pixels at and above a threshold are mapped as landslide.
    """
    hits, false = (counts[::-1].cumsum()[::-1][1:] for counts in (landslide, bare))
    f1: Float64 = 2 * hits / np.maximum(hits + false + landslide.sum(), 1e-9)
    return f1
