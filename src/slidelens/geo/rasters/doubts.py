"""Notice masks and pixels that may mean something else than they say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from slidelens.geo.rasters.bands import Band, has_mask
from slidelens.geo.rasters.options import ReadingOptions
from slidelens.types import Float32, Mask

_FEWEST = 1e-3  # share of the pixels, below which single dark pixels are likely
_SOFT = 0.1  # share of the pixels from which an alpha band is no mask with soft edges


def zero_pixels(pixels: Float32, bands: Sequence[Band]) -> Mask:
    """Return (height, width) where the stored values of all bands are 0.

    Args:
        pixels: (height, width, bands), scaled.
        bands: Their bands.
    """
    empty = np.array([band.offset for band in bands], np.float32)
    zero: Mask = np.logical_and.reduce(np.isclose(pixels, empty, rtol=1e-6, atol=0), axis=-1)
    return zero


def describe_zeros(
    path: Path, share: float, bands: Sequence[Band], options: ReadingOptions
) -> str | None:
    """Return a note if seen pixels are 0 in all bands, for example at a mosaic's edge.

    Args:
        path: The file.
        share: Share of such pixels, 0 to 1.
        bands: All bands of the file.
        options: What the user says about the file.

    Returns:
        None if there are few, a mask or an alpha band says that they are seen, or the user has
        given a nodata value.
    """
    if share < _FEWEST or has_mask(bands) or options.nodata is not None:
        return None
    declares = any(band.marked_by == "nodata" for band in bands)
    sets = (
        "the nodata value of the file is another" if declares else "the file sets no nodata value"
    )
    percent = f"{100 * share:.0f}" if share >= 0.01 else f"{100 * share:.1f}"
    return (
        f"{path}: {percent} % of the pixels are 0 in all bands, and {sets};"
        f" if they are not ground, set it with {options.marking('0')} or"
        f" `gdal_edit.py -a_nodata 0`; if they are, give {options.marking('-1')}"
    )


def describe_soft_alpha(path: Path, share: float, options: ReadingOptions) -> str | None:
    """Return a note if an alpha band looks like an image.

    Args:
        path: The file.
        share: Share of the pixels, 0 to 1, where alpha is neither 0 nor at its maximum.
        options: What the user says about the file.
    """
    if share < _SOFT:
        return None
    return (
        f"{path}: its alpha band, taken as a mask, has many values in {100 * share:.0f} % of the"
        f" pixels; if it is an image, name all bands with {options.names_option}, or describe it in"
        " the file"
    )
