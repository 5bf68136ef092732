"""Find ground that shows no detail: clouds at the upper limit of the values, fills, still water.

Where pixels are standardised by their surroundings, such ground has no value of its own, and what a
network says of it has no meaning.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import maximum_filter, minimum_filter

from slidelens.types import Float32, Mask

_SAME = 1e-6  # difference of two values, as a share of them, that resampling makes


def featureless(pixels: Float32, valid: Mask, side: int) -> Mask:
    """Return the (height, width) valid pixels whose surroundings all have one value in each band.

    Args:
        pixels: (height, width, bands).
        valid: (height, width) mask; other pixels have no influence.
        side: Side of the square around each pixel, pixels.
    """
    # A square without detail holds 3 × 3 of these pixels, so that most scenes need no more.
    step = side // 4
    if step and not _alike(pixels[::step, ::step], valid[::step, ::step], 3).any():
        return np.zeros(valid.shape, bool)
    return valid & _alike(pixels, valid, side)


def _alike(pixels: Float32, valid: Mask, side: int) -> Mask:
    """Return whether all valid pixels in the square around each pixel have the same value."""
    result = np.ones(valid.shape, bool)
    for band in np.moveaxis(pixels, -1, 0):
        low = minimum_filter(np.where(valid, band, np.inf), side, mode="constant", cval=np.inf)
        high = maximum_filter(np.where(valid, band, -np.inf), side, mode="constant", cval=-np.inf)
        result &= high - low <= _SAME * np.maximum(np.abs(low), np.abs(high))
    return result
