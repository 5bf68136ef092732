"""Match the radiometry of an image to a reference, band by band, from common pixels.

Three methods: means and standard deviations; histograms; or orthogonal regression on the invariant
pixels that IR-MAD identifies.

Source of the last: Canty & Nielsen (2008), doi 10.1016/j.rse.2007.07.013.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slidelens.analysis.radiometry.ir_mad import ir_mad
from slidelens.types import Float64, Mask

INVARIANT = 0.95  # no-change probability above which a pixel is invariant
FEWEST = 30  # pixels that a match needs
LEAST_CORRELATION = 0.5  # first canonical correlation below which the images share no ground
_QUANTILES = 257


@dataclass(frozen=True)
class Curve:
    """A piecewise linear map from a band to the reference, extended with `gain` at both ends.

    Attributes:
        knots: Band values, ascending. A straight line has the single knot 0.
        values: Reference value at each knot.
        gain: Slope before the first knot and after the last.
    """

    knots: tuple[float, ...]
    values: tuple[float, ...]
    gain: float

    @property
    def offset(self) -> float:
        """Return the offset of the line through the first knot: value = gain × band + offset."""
        return self.values[0] - self.gain * self.knots[0]

    def __call__(self, band: NDArray[np.floating]) -> Float64:
        """Return the band, of any shape, mapped to the radiometry of the reference."""
        beyond = np.minimum(band - self.knots[0], 0) + np.maximum(band - self.knots[-1], 0)
        return np.asarray(np.interp(band, self.knots, self.values) + self.gain * beyond)


@dataclass(frozen=True)
class Match:
    """The curves that map an image to a reference.

    Attributes:
        curves: One for each band.
        pixels: Number of pixels that they were fitted to.
        instead: Why means and standard deviations were matched instead of using the requested
            method; None if it was used.
    """

    curves: tuple[Curve, ...]
    pixels: int
    instead: str | None = None


def match(method: str, image: Float64, reference: Float64) -> Match:
    """Fit the curves that map `image` to the radiometry of `reference`.

    Args:
        method: `histogram` or `ir_mad`. If IR-MAD finds too few invariant pixels, means and
            standard deviations are matched instead.
        image: (pixels, bands), at least `FEWEST` pixels.
        reference: (pixels, bands) the same pixels of the reference.
    """
    if method == "histogram":
        return Match(tuple(map(match_histogram, image.T, reference.T)), len(image))
    unchanged, reason = invariant_pixels(image, reference)
    if reason is None:
        curves = tuple(map(match_regression, image[unchanged].T, reference[unchanged].T))
        if all(curve.gain > 0 for curve in curves):
            return Match(curves, int(unchanged.sum()))
        reason = "a band of the invariant pixels does not rise with that of the reference"
    return Match(tuple(map(match_deviation, image.T, reference.T)), len(image), reason)


def invariant_pixels(image: Float64, reference: Float64) -> tuple[Mask, str | None]:
    """Return which pixels are invariant, and why they cannot be used (None if they can).

    Args:
        image: (pixels, bands).
        reference: (pixels, bands) the same pixels of the reference.
    """
    try:
        alteration = ir_mad(image, reference)
    except np.linalg.LinAlgError as error:
        return np.zeros(len(image), bool), str(error)
    unchanged = alteration.no_change > INVARIANT
    correlation = alteration.first_correlations[0]
    if correlation < LEAST_CORRELATION:
        return unchanged, (
            f"the largest canonical correlation is {correlation:.2f}, {LEAST_CORRELATION} is needed"
        )
    if unchanged.sum() < FEWEST:
        return unchanged, f"{unchanged.sum()} pixels are invariant, {FEWEST} are needed"
    return unchanged, None


def match_deviation(band: Float64, reference: Float64) -> Curve:
    """Return the line that gives a band the mean and standard deviation of the reference.

    The gain is 1 if the band has no contrast. Both arguments are (pixels,).
    """
    deviation = band.std()
    gain = float(reference.std() / deviation) if deviation > 0 else 1.0
    return _line(gain, band, reference)


def match_regression(band: Float64, reference: Float64) -> Curve:
    """Return the orthogonal regression line, which assumes equal noise in both images.

    The gain is 0 if the two do not rise together. Both arguments are (pixels,).
    """
    (variance, covariance), (_, reference_variance) = np.cov(band, reference)
    difference = reference_variance - variance
    gain = (
        (difference + np.hypot(difference, 2 * covariance)) / (2 * covariance)
        if covariance > 0
        else 0.0
    )
    return _line(float(gain), band, reference)


def match_histogram(band: Float64, reference: Float64) -> Curve:
    """Return the curve that gives a band the quantiles of the reference.

    The outermost quantiles are left out, so that outliers have no influence. Both arguments are
    (pixels,).
    """
    levels = np.linspace(0, 1, _QUANTILES)[1:-1]
    band_quantiles, reference_quantiles = np.quantile(band, levels), np.quantile(reference, levels)
    knots, position = np.unique(band_quantiles, return_inverse=True)
    values = np.bincount(position, reference_quantiles) / np.bincount(position)
    gain = (values[-1] - values[0]) / (knots[-1] - knots[0]) if len(knots) > 1 else 1.0
    return Curve(tuple(knots.tolist()), tuple(values.tolist()), float(gain))


def _line(gain: float, band: Float64, reference: Float64) -> Curve:
    return Curve((0.0,), (float(reference.mean() - gain * band.mean()),), gain)
