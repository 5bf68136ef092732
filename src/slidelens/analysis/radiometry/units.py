"""Tell whether two images hold their values in the same units, such as reflectance × 10,000.

The brightest ground of real scenes in the same units differs by less than ten times (dark forest
against snow), while units differ by 39 (8 bit against reflectance × 10,000) or more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from slidelens.analysis.radiometry.values import ImageValues

# Ratios of the brightest ground from which the units differ.
_DIFFERENT = 25.0
_DIFFERENT_BESIDE_SHARES = 6.0  # if one image stays below 2, as reflectance from 0 to 1 does
_DIFFERENT_BESIDE_EIGHT_BIT = 3.0  # if one file stores integers from 0 to 255
_DOUBTFUL = 6.0
_LARGEST_SHARE = 2.0
# Between shares, percent, 8 bit, reflectance × 10,000 and 16 bit.
_USUAL_FACTORS = (100.0, 10_000 / 255, 255.0, 257.0, 10_000.0, 65_535.0)
_NEAR = 1.8  # ratio within which the usual factor is meant

SENTINEL_OFFSET = 1000.0  # added to reflectance × 10,000 by Sentinel-2 products since 2022
_OFFSET_TOLERANCE = 250.0
_LEAST_FOR_OFFSET = 300.0  # brightest ground of images that may hold reflectance × 10,000
_SAME_SPREAD = 3.0


@dataclass(frozen=True)
class UnitDifference:
    """How the units of an image differ from those of another.

    Attributes:
        factor: By which the image's values must be multiplied to be in the other's units, 1 if
            only an offset differs.
        offset: What must be added to the image's values, 0 if a factor differs.
        band: The band in which it shows most.
        certain: Whether no two scenes in one unit differ so much.
    """

    factor: float
    offset: float
    band: str
    certain: bool


def unit_difference(image: ImageValues, other: ImageValues) -> UnitDifference | None:
    """Return how the units of an image differ from those of another; None if they agree.

    Both have the same bands. Bands with one value everywhere tell nothing.
    """
    flat = {*image.constant, *other.constant}
    image, other = _without(image, flat), _without(other, flat)
    usable = (image.high != 0) & (other.high != 0)
    if not usable.any():
        return None
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratios = np.where(usable, np.abs(other.high / image.high), 1.0)
    strongest = int(np.abs(np.log(ratios)).argmax())
    ratio = float(ratios[strongest])
    size = max(ratio, 1 / ratio)
    band = image.bands[strongest]
    if size >= _least_different(image, other):
        return UnitDifference(_usual_factor(ratio), 0.0, band, certain=True)
    if size >= _DOUBTFUL:
        return UnitDifference(ratio, 0.0, band, certain=False)
    if (sign := _offset_sign(image, other)) != 0:
        return UnitDifference(1.0, sign * SENTINEL_OFFSET, band, certain=False)
    return None


def _without(values: ImageValues, bands: set[str]) -> ImageValues:
    kept = np.array([band not in bands for band in values.bands])
    return replace(
        values,
        bands=tuple(band for band in values.bands if band not in bands),
        low=values.low[kept],
        median=values.median[kept],
        high=values.high[kept],
        spread=values.spread[kept],
    )


def _least_different(image: ImageValues, other: ImageValues) -> float:
    if image.eight_bit != other.eight_bit:
        return _DIFFERENT_BESIDE_EIGHT_BIT
    if (image.brightest <= _LARGEST_SHARE) != (other.brightest <= _LARGEST_SHARE):
        return _DIFFERENT_BESIDE_SHARES
    return _DIFFERENT


def _usual_factor(ratio: float) -> float:
    """Return the usual factor between units that is nearest to a ratio, if one is near."""
    size = max(ratio, 1 / ratio)
    nearest = min(_USUAL_FACTORS, key=lambda factor: abs(math.log(factor / size)))
    factor = nearest if abs(math.log(nearest / size)) < math.log(_NEAR) else float(f"{size:.2g}")
    return factor if ratio > 1 else 1 / factor


def _offset_sign(image: ImageValues, other: ImageValues) -> int:
    """Return +1 or -1 if the darkest ground of all bands differs by Sentinel-2's offset, else 0."""
    if min(image.brightest, other.brightest) < _LEAST_FOR_OFFSET:
        return 0
    shift = other.low - image.low
    sign = int(np.sign(shift[0]))
    alike = np.abs(shift - sign * SENTINEL_OFFSET) <= _OFFSET_TOLERANCE
    narrow, wide = np.sort([image.spread, other.spread], axis=0)
    same_spread = wide <= _SAME_SPREAD * narrow
    return sign if bool(alike.all() and same_spread.all()) else 0
