"""Whether a probability means what it says: of the pixels mapped with 0.7, are 7 in 10 landslide?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slidelens.types import Float64

BINS = 15


@dataclass(frozen=True)
class Reliability:
    """The curve of observed frequency against probability, a point for each bin that holds a pixel, from low to high.

    probability: (k,) mean probability in the bin; frequency: (k,) share of its pixels that are landslide; pixels: (k,) how many
    """

    probability: Float64
    frequency: Float64
    pixels: NDArray[np.int64]

    @property
    def error(self) -> float | None:
        """Expected calibration error: the mean distance of frequency and probability, by pixels; None where there is no pixel.

        Most ground is surely no landslide, so that a small error says little where landslides are rare: look at the curve too.
        """
        return (
            float(np.average(np.abs(self.frequency - self.probability), weights=self.pixels))
            if len(self.pixels)
            else None
        )


def reliability(
    observed: NDArray[np.bool_], probability: NDArray[np.floating], bins: int = BINS
) -> Reliability:
    """The curve over bins of equal width.

    observed: (n,) landslide or not; probability: (n,) 0…1; bins: how many, > 0
    Source: Naeini et al. (2015), doi 10.1609/aaai.v29i1.9602; Guo et al. (2017), arXiv 1706.04599, who use 15.
    """
    probable = np.asarray(probability, dtype=np.float64)
    place = np.minimum((probable * bins).astype(np.int64), bins - 1)
    pixels = np.bincount(place, minlength=bins)
    some = pixels > 0
    sums = [
        np.bincount(place, weights=values, minlength=bins)[some] for values in (probable, observed)
    ]
    return Reliability(sums[0] / pixels[some], sums[1] / pixels[some], pixels[some])
