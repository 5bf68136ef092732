"""Describe the values of an image's bands by statistics that outliers do not move."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from slidelens.types import Float32, Float64

_QUANTILES = (0.005, 0.25, 0.5, 0.75, 0.99)


@dataclass(frozen=True, eq=False)
class ImageValues:
    """The values of the bands of an image, from a sample of its valid pixels.

    Attributes:
        bands: Names of the bands.
        low: (bands,) values that 0.5 % of the pixels stay below: the darkest ground.
        median: (bands,) medians.
        high: (bands,) values that 1 % of the pixels exceed: the brightest ground.
        spread: (bands,) distances between the quartiles.
        constant: Bands with one value in all pixels.
        identical: Pairs of bands, not constant, with the same value in every pixel.
        eight_bit: Whether the file stores integers from 0 to 255.
    """

    bands: tuple[str, ...]
    low: Float64
    median: Float64
    high: Float64
    spread: Float64
    constant: tuple[str, ...]
    identical: tuple[tuple[str, str], ...]
    eight_bit: bool

    @property
    def brightest(self) -> float:
        """The largest `high` of all bands, whatever its sign."""
        return float(np.abs(self.high).max())

    def describe_range(self) -> str:
        """Return the range of the values as text: `0.012 to 0.41`."""
        return f"{_format(float(self.low.min()))} to {_format(float(self.high.max()))}"


def _format(value: float) -> str:
    """Return a value to three digits, without an exponent unless it is huge or tiny."""
    return f"{value:,.0f}" if 100 <= abs(value) < 1e9 else f"{value:.3g}"


def describe_values(
    pixels: Float32 | Float64, bands: tuple[str, ...], eight_bit: bool = False
) -> ImageValues:
    """Describe (pixels, bands) values.

    Args:
        pixels: At least one pixel, all finite.
        bands: Names of the bands.
        eight_bit: Whether the file stores integers from 0 to 255.
    """
    low, first, median, third, high = np.quantile(pixels.astype(np.float64), _QUANTILES, axis=0)
    flat = pixels.min(axis=0) == pixels.max(axis=0)
    return ImageValues(
        bands=bands,
        low=low,
        median=median,
        high=high,
        spread=third - first,
        constant=tuple(band for band, one in zip(bands, flat, strict=True) if one),
        identical=tuple(
            (bands[first], bands[second])
            for first, second in combinations(range(len(bands)), 2)
            if not flat[first] and np.array_equal(pixels[:, first], pixels[:, second])
        ),
        eight_bit=eight_bit,
    )
