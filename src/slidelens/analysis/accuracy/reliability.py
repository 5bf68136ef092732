"""Reliability of probabilities: observed frequency of landslide against predicted probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slidelens.types import Float64, Int64, Mask

BINS = 15


@dataclass(frozen=True)
class Reliability:
    """A reliability curve: a point for each bin with pixels, in ascending probability.

    Attributes:
        probability: (k,) mean probability of the bin.
        frequency: (k,) share of its pixels that are landslide.
        pixels: (k,) number of pixels.
    """

    probability: Float64
    frequency: Float64
    pixels: Int64

    @property
    def error(self) -> float | None:
        """Return the expected calibration error; None without pixels.

        It is the mean |frequency − probability|, weighted by pixels. Most ground is clearly no
        landslide, so a small error means little where landslides are rare: inspect the curve too.
        """
        if not len(self.pixels):
            return None
        return float(np.average(np.abs(self.frequency - self.probability), weights=self.pixels))


def reliability(observed: Mask, probability: NDArray[np.floating], bins: int = BINS) -> Reliability:
    """Compute the reliability curve over bins of equal width.

    Args:
        observed: (n,), true for landslide.
        probability: (n,), 0…1.
        bins: Number of bins, > 0.

    Source: Naeini et al. (2015), doi 10.1609/aaai.v29i1.9602; Guo et al. (2017),
    arXiv 1706.04599, who use 15 bins.
    """
    sums = ReliabilitySums(bins)
    sums.add(observed, probability)
    return sums.curve()


class ReliabilitySums:
    """The sums that a reliability curve is computed from, of pixels added in parts."""

    def __init__(self, bins: int = BINS) -> None:
        """Begin without any pixel.

        Args:
            bins: Number of bins, > 0.
        """
        self._pixels, self._landslides = np.zeros((2, bins), np.int64)
        self._probability = np.zeros(bins)

    def add(self, observed: Mask, probability: NDArray[np.floating]) -> None:
        """Add (n,) pixels; see `reliability`."""
        bins = len(self._pixels)
        values = np.asarray(probability, dtype=np.float64)
        bin_of = np.minimum((values * bins).astype(np.int64), bins - 1)
        self._pixels += np.bincount(bin_of, minlength=bins)
        self._landslides += np.bincount(bin_of[observed], minlength=bins)
        self._probability += np.bincount(bin_of, weights=values, minlength=bins)

    def curve(self) -> Reliability:
        """Return the curve of all pixels."""
        filled = self._pixels > 0
        pixels = self._pixels[filled]
        return Reliability(
            probability=self._probability[filled] / pixels,
            frequency=self._landslides[filled] / pixels,
            pixels=pixels,
        )
