"""What a network's output means: its probability, and the output from which a pixel is landslide, both from validation ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit, logit, xlog1py, xlogy

from slidelens.learning.split import UNKNOWN

DEFAULT_THRESHOLD = 0.5
AS_GOOD = 0.01  # F1 by which thresholds do not differ in earnest: a few landslides of validation ground more or less
FEWEST_PIXELS = 1000  # of landslide in validation ground, with fewer of which the threshold there is a matter of chance too
_STEPS = np.linspace(0.02, 0.98, 97)
_SURE = 1e-4  # outputs nearer to 0 and 1 count as this
_FAR = float(logit(1 - _SURE))
_BINS, _FINE = 20, 512
_RISE = 0.001
_FINEST = 1000


@dataclass(frozen=True)
class Calibration:
    """From a network's output to a probability: straight lines between knots, in logits, that rise, so that the order of pixels stays.

    outputs, probabilities: logits, both (knots,) and rising from the lowest output that counts to the highest; without knots it changes nothing
    """

    outputs: tuple[float, ...] = ()
    probabilities: tuple[float, ...] = ()

    def __call__(self, output: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities of outputs, any shape."""
        if not self.outputs:
            return output
        return expit(np.interp(_logit(output), self.outputs, self.probabilities)).astype(np.float32)

    def output(self, probability: float) -> float:
        """The output that means this probability; that of its ends where none does."""
        if not self.outputs:
            return probability
        return float(expit(np.interp(_logit(np.array(probability)), self.probabilities, self.outputs)))


def calibration(output: NDArray[np.float32], labels: NDArray[np.uint8], how: str) -> Calibration:
    """What makes probabilities of outputs.

    output, labels: any shape, the same; labels UNKNOWN do not count
    how: `isotonic` (shares of landslide in bins of the output, made to rise: Zadrozny and Elkan 2002, doi 10.1145/775047.775151), `platt` (a
    straight line in logits: Platt 1999), `temperature` (one through 0: Guo et al. 2017, arXiv 1706.04599) or `none`
    Changes nothing where the known pixels are all of one kind, or where higher outputs do not mean more landslides.
    """
    known = labels != UNKNOWN
    landslide = labels[known] == 1
    if how == "none" or not landslide.any() or landslide.all():
        return Calibration()
    scores = _logit(output[known])
    if how == "isotonic":
        return _isotonic(scores, landslide)
    slope, shift = _line(scores, landslide, how == "platt")
    ends = (-_FAR, _FAR)
    return Calibration(ends, tuple(round(slope * end + shift, 6) for end in ends)) if slope > 0 else Calibration()


def _logit(output: NDArray[np.floating]) -> NDArray[np.float64]:
    return logit(np.clip(np.asarray(output, np.float64), _SURE, 1 - _SURE))


def _isotonic(scores: NDArray[np.float64], landslide: NDArray[np.bool_]) -> Calibration:
    """Shares in bins of equal width, each half a pixel to either side of nothing and all, made to rise by pooling neighbours."""
    place = np.clip(((scores + _FAR) / (2 * _FAR) * _BINS).astype(np.int64), 0, _BINS - 1)
    pixels, found, total = (np.bincount(place, weights, minlength=_BINS) for weights in (None, landslide, scores))
    some = pixels > 0
    middles, shares = total[some] / pixels[some], (found[some] + 0.5) / (pixels[some] + 1)
    rising = logit(isotonic_regression(shares, weights=pixels[some]).x)
    if rising[-1] - rising[0] <= 0:
        return Calibration()
    below, above = int(middles[0] > -_FAR), int(middles[-1] < _FAR)
    outputs = np.concatenate([[-_FAR] * below, middles, [_FAR] * above])
    # Where neighbours are pooled, and beyond the last shares, they rise a little, so that the order of pixels stays.
    probabilities = np.pad(rising, (below, above), mode="edge") + _RISE * outputs
    return Calibration(tuple(outputs.tolist()), tuple(probabilities.tolist()))


def _line(scores: NDArray[np.float64], landslide: NDArray[np.bool_], shifted: bool) -> tuple[float, float]:
    """Slope and shift of highest likelihood, with Platt's targets that keep the slope finite."""
    place = np.rint((scores + _FAR) / (2 * _FAR) * (_FINE - 1)).astype(np.int64)
    pixels, found = (np.bincount(place, weights, minlength=_FINE) for weights in (None, landslide))
    middles = np.linspace(-_FAR, _FAR, _FINE)
    high, low = (landslide.sum() + 1) / (landslide.sum() + 2), 1 / ((~landslide).sum() + 2)
    target = (found * high + (pixels - found) * low) / np.maximum(pixels, 1)

    def unlikely(values: NDArray[np.float64]) -> float:
        probable = np.clip(expit(values[0] * middles + (values[1] if shifted else 0.0)), 1e-12, 1 - 1e-12)
        return float(-(pixels * (xlogy(target, probable) + xlog1py(1 - target, -probable))).sum() / pixels.sum())

    slope, shift = minimize(unlikely, [1.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-10}).x
    return float(slope), float(shift) if shifted else 0.0


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


def expected_threshold(probability: NDArray[np.float32]) -> float:
    """The threshold of highest expected F1, told by the probabilities alone, for ground that nobody has mapped.

    probability: (n,) calibrated, of ground on which there are landslides: where there are none, it finds some all the same
    A map that is less sure than validation ground's takes a lower threshold: the best one is half of the F1 that it reaches.
    Returns DEFAULT_THRESHOLD where nothing is probable.
    Source: Lipton et al. (2014), arXiv 1402.1892.
    """
    place = (probability * _FINEST).astype(np.int64)
    pixels, landslide = (np.bincount(place, weights, _FINEST + 1)[::-1].cumsum()[::-1] for weights in (None, probability))
    if not landslide[0]:
        return DEFAULT_THRESHOLD
    f1 = 2 * landslide / (pixels + landslide[0])
    return max(1, int(np.flatnonzero(f1 == f1.max())[-1])) / _FINEST


def f1_curve(probabilities: NDArray[np.float32], landslide: NDArray[np.bool_]) -> NDArray[np.float64]:
    """F1 at each of the thresholds 0.02, 0.03 … 0.98. probabilities, landslide: (n,)."""
    edges = np.concatenate([[-np.inf], _STEPS, [np.inf]])
    hits = np.histogram(probabilities[landslide], edges)[0][::-1].cumsum()[::-1][1:]
    false = np.histogram(probabilities[~landslide], edges)[0][::-1].cumsum()[::-1][1:]
    return 2 * hits / np.maximum(hits + false + landslide.sum(), 1)
