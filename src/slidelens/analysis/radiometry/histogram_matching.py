"""Bringing one image into the light of another, band by band, from the same pixels of both.

By means and deviations; by histograms; or by the pixels that have not changed, found by IR-MAD, and orthogonal regression on them.
Source of the last: Canty & Nielsen (2008), doi 10.1016/j.rse.2007.07.013.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slidelens.analysis.radiometry.ir_mad import Sample, ir_mad

INVARIANT = 0.95  # probability of no change above which a pixel counts as invariant
FEWEST = 30  # pixels that a match needs
LEAST_CORRELATION = (
    0.5  # the largest canonical correlation below which two images do not show the same ground
)
_QUANTILES = 257


@dataclass(frozen=True)
class Curve:
    """How a band's values become those of the other image: straight from knot to knot, and on with `gain` before and after them.

    knots, values: the same number, knots rising. A straight line has one knot, 0, and its offset there.
    """

    knots: tuple[float, ...]
    values: tuple[float, ...]
    gain: float

    @property
    def offset(self) -> float:
        """Of the straight line through the first knot: value = gain × band + offset."""
        return self.values[0] - self.gain * self.knots[0]

    def __call__(self, band: NDArray[np.floating]) -> Sample:
        """The band in the other image's light, any shape."""
        beyond = np.minimum(band - self.knots[0], 0) + np.maximum(band - self.knots[-1], 0)
        return np.asarray(np.interp(band, self.knots, self.values) + self.gain * beyond)


@dataclass(frozen=True)
class Match:
    """A curve for each band, from how many pixels, and why it is not by the method wanted, if it is not."""

    curves: tuple[Curve, ...]
    pixels: int
    instead: str | None = None


def match(method: str, image: Sample, reference: Sample) -> Match:
    """What brings `image` into the light of `reference`.

    method: `histogram` or `ir_mad`; image, reference: (pixels, bands) the same pixels of both, at least FEWEST of them
    Where IR-MAD finds too little that both share, means and deviations are matched instead, and the match says why.
    """
    if method == "histogram":
        return Match(tuple(map(match_histogram, image.T, reference.T)), len(image))
    unchanged, why = invariant_pixels(image, reference)
    if why is None:
        curves = tuple(map(match_regression, image[unchanged].T, reference[unchanged].T))
        if all(curve.gain > 0 for curve in curves):
            return Match(curves, int(unchanged.sum()))
        why = "a band of the invariant pixels does not rise with that of the reference"
    return Match(tuple(map(match_deviation, image.T, reference.T)), len(image), why)


def invariant_pixels(image: Sample, reference: Sample) -> tuple[NDArray[np.bool_], str | None]:
    """(pixels,) which have not changed, and why they are of no use, if they are not."""
    try:
        found = ir_mad(image, reference)
    except np.linalg.LinAlgError as error:
        return np.zeros(len(image), bool), str(error)
    unchanged = found.no_change > INVARIANT
    if found.first_correlations[0] < LEAST_CORRELATION:
        return (
            unchanged,
            f"the largest canonical correlation is {found.first_correlations[0]:.2f}, {LEAST_CORRELATION} is needed",
        )
    if unchanged.sum() < FEWEST:
        return unchanged, f"{unchanged.sum()} pixels are invariant, {FEWEST} are needed"
    return unchanged, None


def match_deviation(band: Sample, reference: Sample) -> Curve:
    """The line that gives a band the mean and deviation of the reference; gain 1 where it has no contrast. band, reference: (pixels,)."""
    spread = band.std()
    gain = float(reference.std() / spread) if spread > 0 else 1.0
    return _line(gain, band, reference)


def match_regression(band: Sample, reference: Sample) -> Curve:
    """The line nearest to the pixels, both images being as noisy (orthogonal regression); gain 0 where they do not rise together."""
    (own, both), (_, other) = np.cov(band, reference)
    gain = (other - own + np.hypot(other - own, 2 * both)) / (2 * both) if both > 0 else 0.0
    return _line(float(gain), band, reference)


def match_histogram(band: Sample, reference: Sample) -> Curve:
    """The curve that gives a band the quantiles of the reference; before the first and after the last, outliers decide nothing."""
    levels = np.linspace(0, 1, _QUANTILES)[1:-1]
    own, other = np.quantile(band, levels), np.quantile(reference, levels)
    knots, places = np.unique(own, return_inverse=True)
    values = np.bincount(places, other) / np.bincount(places)
    gain = (values[-1] - values[0]) / (knots[-1] - knots[0]) if len(knots) > 1 else 1.0
    return Curve(tuple(knots.tolist()), tuple(values.tolist()), float(gain))


def _line(gain: float, band: Sample, reference: Sample) -> Curve:
    return Curve((0.0,), (float(reference.mean() - gain * band.mean()),), gain)
