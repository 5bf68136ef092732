"""Find two bands whose names are exchanged in one of two images."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.stats import rankdata

from slidelens.analysis.radiometry.values import ImageValues
from slidelens.types import Float64

_HIGH_CORRELATION = 0.5  # of each band with the other's namesake
_MORE = 0.2  # by which that exceeds the correlation with the own namesake
_FEWEST_PIXELS = 200
_APART = 1.5  # ratio of the medians of two bands from which their order tells them apart
_NEAR = 1.4  # ratio of the medians of one band in two images below which they agree


def swapped_by_pattern(
    first: Float64, second: Float64, bands: tuple[str, ...]
) -> tuple[str, str] | None:
    """Return the two bands that show each other's pattern on the same ground, None if none do.

    Args:
        first: (pixels, bands) values of an image.
        second: (pixels, bands) values of the other image at the same pixels.
        bands: Names of the bands.
    """
    if len(first) < _FEWEST_PIXELS:
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        together = np.corrcoef(_ranks(first), _ranks(second), rowvar=False)
    correlation = np.nan_to_num(together[: len(bands), len(bands) :])
    for one, two in combinations(range(len(bands)), 2):
        crossed = min(correlation[one, two], correlation[two, one])
        straight = max(correlation[one, one], correlation[two, two])
        if crossed >= _HIGH_CORRELATION and crossed - straight >= _MORE:
            return bands[one], bands[two]
    return None


def _ranks(values: Float64) -> Float64:
    """Return the ranks in each column; equal values share their mean rank.

    Else those of two bands would follow the order of the pixels, and so each other.
    """
    ranks: Float64 = rankdata(values, axis=0)
    return ranks


def swapped_by_level(image: ImageValues, other: ImageValues) -> tuple[str, str] | None:
    """Return the two bands whose medians are exchanged between two images, None if none are.

    The images may show different ground, in the same units.
    """
    a, b = image.median, other.median
    if (a <= 0).any() or (b <= 0).any():
        return None
    for one, two in combinations(range(len(image.bands)), 2):
        order, other_order = a[one] / a[two], b[one] / b[two]
        apart = min(max(order, 1 / order), max(other_order, 1 / other_order)) >= _APART
        crossed = max(_size(a[one] / b[two]), _size(a[two] / b[one])) <= _NEAR
        if apart and (order > 1) != (other_order > 1) and crossed:
            return image.bands[one], image.bands[two]
    return None


def _size(ratio: float) -> float:
    return max(ratio, 1 / ratio)
