"""Calibrate network outputs to probabilities on validation blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit, logit, xlog1py, xlogy

from slidelens.dataset.parts import UNKNOWN
from slidelens.types import Float32, Float64, Mask, UInt8

_BINS, _FINE_BINS = 20, 512  # of isotonic regression, and of the likelihood of a line
CLIP = 1e-4  # outputs are clipped to this distance from 0 and 1
_MAX_LOGIT = float(logit(1 - CLIP))
_MIN_RISE = 0.02  # in logits, over the range of the outputs: keeps pooled bins increasing


@dataclass(frozen=True)
class Calibration:
    """A map from a network's output to a probability, piecewise linear in logits.

    It is strictly increasing, so that the order of pixels is kept; the identity without knots.

    Attributes:
        outputs: Logits of the output at the knots, increasing.
        probabilities: Logits of the probability at the knots, increasing.
    """

    outputs: tuple[float, ...] = ()
    probabilities: tuple[float, ...] = ()

    def __call__(self, output: Float32) -> Float32:
        """Return the probabilities of outputs of any shape."""
        if not self.outputs:
            return output
        logits = np.interp(_logit(output), self.outputs, self.probabilities)
        probability: Float32 = expit(logits).astype(np.float32)
        return probability

    def output(self, probability: float) -> float:
        """Return the output of a probability, clipped to the outputs at the ends."""
        if not self.outputs:
            return probability
        return float(
            expit(np.interp(_logit(np.array(probability)), self.probabilities, self.outputs))
        )


def fit_calibration(
    output: Float32, labels: UInt8, how: str, weights: Float64 | None = None
) -> Calibration:
    """Fit a calibration to the outputs and labels of validation pixels.

    Args:
        output: Output of a network, any shape.
        labels: Labels of that shape: 0, 1 or UNKNOWN, which is ignored.
        how: The method:
            `isotonic`: isotonic regression of the landslide share in bins of the output,
            Zadrozny and Elkan (2002), doi 10.1145/775047.775151;
            `platt`: a line in logits, Platt (1999);
            `temperature`: a line in logits through 0, Guo et al. (2017), arXiv 1706.04599;
            `none`: the identity.
        weights: Weight of each pixel, of that shape, 1 in the mean; None: 1.

    Returns:
        The calibration; the identity if all known pixels are of one class, or if higher outputs do
        not mean more landslides.
    """
    known = labels != UNKNOWN
    landslide = labels[known] == 1
    if how == "none" or not landslide.any() or landslide.all():
        return Calibration()
    scores = _logit(output[known])
    counted = None if weights is None else weights[known]
    if how == "isotonic":
        return _fit_isotonic(scores, landslide, counted)
    slope, shift = _fit_line(scores, landslide, counted, how == "platt")
    if slope <= 0:
        return Calibration()
    ends = (-_MAX_LOGIT, _MAX_LOGIT)
    return Calibration(ends, tuple(round(slope * end + shift, 6) for end in ends))


def _logit(output: NDArray[np.floating]) -> Float64:
    logits: Float64 = logit(np.clip(np.asarray(output, np.float64), CLIP, 1 - CLIP))
    return logits


def _weighted(counted: Float64 | None, *values: Float64 | Mask) -> list[Float64 | Mask | None]:
    """Return the weights of pixels and their products with values; None stands for weights of 1."""
    return [counted, *(each if counted is None else each * counted for each in values)]


def _fit_isotonic(scores: Float64, landslide: Mask, counted: Float64 | None) -> Calibration:
    """Fit an isotonic regression to the landslide share in bins of equal width.

    Half a pixel of each class is added to a bin, so that no share is 0 or 1.
    """
    scaled = (scores + _MAX_LOGIT) / (2 * _MAX_LOGIT) * _BINS
    bins = np.clip(scaled.astype(np.int64), 0, _BINS - 1)
    pixels, landslides, total = (
        np.bincount(bins, weights, minlength=_BINS)
        for weights in _weighted(counted, landslide, scores)
    )
    used = pixels > 0
    means, shares = total[used] / pixels[used], (landslides[used] + 0.5) / (pixels[used] + 1)
    increasing = logit(isotonic_regression(shares, weights=pixels[used]).x)
    if increasing[-1] - increasing[0] <= 0:
        return Calibration()
    below, above = int(means[0] > -_MAX_LOGIT), int(means[-1] < _MAX_LOGIT)
    outputs = np.concatenate([[-_MAX_LOGIT] * below, means, [_MAX_LOGIT] * above])
    # Pooled bins, and the ends beyond the last bins, rise slightly, so that the order is kept;
    # for narrow outputs more steeply, as close ones would share a float32.
    slope = min(1.0, _MIN_RISE / float(np.ptp(scores)))
    centre = total.sum() / pixels.sum()
    probabilities = np.pad(increasing, (below, above), mode="edge") + slope * (outputs - centre)
    return Calibration(tuple(outputs.tolist()), tuple(probabilities.tolist()))


def _fit_line(
    scores: Float64, landslide: Mask, counted: Float64 | None, shifted: bool
) -> tuple[float, float]:
    """Return slope and shift of maximum likelihood; Platt's targets keep the slope finite."""
    scaled = (scores + _MAX_LOGIT) / (2 * _MAX_LOGIT) * (_FINE_BINS - 1)
    bins = np.rint(scaled).astype(np.int64)
    pixels, landslides = (
        np.bincount(bins, weights, minlength=_FINE_BINS)
        for weights in _weighted(counted, landslide)
    )
    centres = np.linspace(-_MAX_LOGIT, _MAX_LOGIT, _FINE_BINS)
    number, others = landslides.sum(), (pixels - landslides).sum()
    high, low = (number + 1) / (number + 2), 1 / (others + 2)
    weighted = landslides * high + (pixels - landslides) * low
    target = np.divide(weighted, pixels, out=np.zeros_like(pixels, np.float64), where=pixels > 0)

    def negative_log_likelihood(line: Float64) -> float:
        probability = np.clip(
            expit(line[0] * centres + (line[1] if shifted else 0.0)), 1e-12, 1 - 1e-12
        )
        return float(
            -(pixels * (xlogy(target, probability) + xlog1py(1 - target, -probability))).sum()
            / pixels.sum()
        )

    slope, shift = minimize(
        negative_log_likelihood,
        [1.0, 0.0],
        method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-10},
    ).x
    return float(slope), float(shift) if shifted else 0.0
