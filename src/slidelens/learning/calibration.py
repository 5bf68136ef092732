"""What a network's output means: its probability, and the output from which a pixel is landslide, both from validation ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label
from scipy.optimize import minimize
from scipy.special import expit, logit, xlog1py, xlogy

from slidelens.learning.split import UNKNOWN

DEFAULT_THRESHOLD = 0.5
AS_GOOD = 0.01  # F1 by which thresholds do not differ in earnest: a few landslides of validation ground more or less
_STEPS = np.linspace(0.02, 0.98, 97)
_SURE = 1e-4  # outputs nearer to 0 and 1 count as this
_BINS = 512


@dataclass(frozen=True)
class Calibration:
    """From a network's output to a probability: logit p = slope · logit output + shift. As it is, it changes nothing."""

    slope: float = 1.0
    shift: float = 0.0

    def __call__(self, output: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities of outputs, any shape."""
        if self == Calibration():
            return output
        return np.asarray(expit(np.float32(self.slope) * logit(np.clip(output, _SURE, 1 - _SURE)) + np.float32(self.shift)), np.float32)


def calibration(output: NDArray[np.float32], labels: NDArray[np.uint8], how: str) -> Calibration:
    """The calibration of highest likelihood; it keeps the order of pixels, and so every map, but not the threshold's number.

    output, labels: any shape, the same; labels UNKNOWN do not count
    how: `platt` (slope and shift), `temperature` (slope alone, which cannot take back that landslides are rarer than a loss believed), `none`
    Changes nothing where the known pixels are all of one kind, or where higher outputs do not mean more landslides.
    Source: Platt (1999), with his targets that keep the slope finite; Guo et al. (2017), arXiv 1706.04599.
    """
    known = labels != UNKNOWN
    landslide = labels[known] == 1
    if how == "none" or not landslide.any() or landslide.all():
        return Calibration()
    scores = logit(np.clip(output[known].astype(np.float64), _SURE, 1 - _SURE))
    place = np.rint((scores - logit(_SURE)) / (logit(1 - _SURE) - logit(_SURE)) * (_BINS - 1)).astype(np.int64)
    pixels, found = (np.bincount(place, weights, minlength=_BINS) for weights in (None, landslide))
    middles = np.linspace(logit(_SURE), logit(1 - _SURE), _BINS)
    high, low = (landslide.sum() + 1) / (landslide.sum() + 2), 1 / ((~landslide).sum() + 2)
    target = (found * high + (pixels - found) * low) / np.maximum(pixels, 1)

    def unlikely(values: NDArray[np.float64]) -> float:
        probable = np.clip(expit(values[0] * middles + (values[1] if how == "platt" else 0.0)), 1e-12, 1 - 1e-12)
        return float(-(pixels * (xlogy(target, probable) + xlog1py(1 - target, -probable))).sum() / pixels.sum())

    slope, shift = minimize(unlikely, [1.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-10}).x
    return Calibration(round(float(slope), 6), round(float(shift), 6) if how == "platt" else 0.0) if slope > 0 else Calibration()


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
