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
    values = np.asarray(probability, dtype=np.float64)
    bin_of = np.minimum((values * bins).astype(np.int64), bins - 1)
    pixels = np.bincount(bin_of, minlength=bins)
    filled = pixels > 0
    probabilities, landslides = (
        np.bincount(bin_of, weights=weights, minlength=bins)[filled]
        for weights in (values, observed)
    )
    return Reliability(
        probability=probabilities / pixels[filled],
        frequency=landslides / pixels[filled],
        pixels=pixels[filled],
    )
