"""Calibrate network outputs to probabilities on validation blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit, logit, xlog1py, xlogy

from slidelens.dataset.parts import UNKNOWN
from slidelens.learning.inference.thresholds import BINS, FINE

_SURE = 1e-4  # outputs nearer to 0 and 1 count as this
_FAR = float(logit(1 - _SURE))
_RISE = 0.001


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
        return float(
            expit(np.interp(_logit(np.array(probability)), self.probabilities, self.outputs))
        )


def fit_calibration(
    output: NDArray[np.float32], labels: NDArray[np.uint8], how: str
) -> Calibration:
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
    return (
        Calibration(ends, tuple(round(slope * end + shift, 6) for end in ends))
        if slope > 0
        else Calibration()
    )


def _logit(output: NDArray[np.floating]) -> NDArray[np.float64]:
    return logit(np.clip(np.asarray(output, np.float64), _SURE, 1 - _SURE))


def _isotonic(scores: NDArray[np.float64], landslide: NDArray[np.bool_]) -> Calibration:
    """Shares in bins of equal width, each half a pixel to either side of nothing and all, made to rise by pooling neighbours."""
    place = np.clip(((scores + _FAR) / (2 * _FAR) * BINS).astype(np.int64), 0, BINS - 1)
    pixels, found, total = (
        np.bincount(place, weights, minlength=BINS) for weights in (None, landslide, scores)
    )
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


def _line(
    scores: NDArray[np.float64], landslide: NDArray[np.bool_], shifted: bool
) -> tuple[float, float]:
    """Slope and shift of highest likelihood, with Platt's targets that keep the slope finite."""
    place = np.rint((scores + _FAR) / (2 * _FAR) * (FINE - 1)).astype(np.int64)
    pixels, found = (np.bincount(place, weights, minlength=FINE) for weights in (None, landslide))
    middles = np.linspace(-_FAR, _FAR, FINE)
    high, low = (landslide.sum() + 1) / (landslide.sum() + 2), 1 / ((~landslide).sum() + 2)
    target = (found * high + (pixels - found) * low) / np.maximum(pixels, 1)

    def unlikely(values: NDArray[np.float64]) -> float:
        probable = np.clip(
            expit(values[0] * middles + (values[1] if shifted else 0.0)), 1e-12, 1 - 1e-12
        )
        return float(
            -(pixels * (xlogy(target, probable) + xlog1py(1 - target, -probable))).sum()
            / pixels.sum()
        )

    slope, shift = minimize(
        unlikely, [1.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-10}
    ).x
    return float(slope), float(shift) if shifted else 0.0
