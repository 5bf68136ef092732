"""Label pixels so that no landslide is learnt in one part of the split and scored in another."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_dilation

from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, UNKNOWN, VALIDATION
from slidelens.study.splitting.split import home_parts
from slidelens.types import Int32, Mask, UInt8


def split_labels(numbers: Int32, parts: UInt8, known: Mask, margin_px: int) -> UInt8:
    """Return labels in which no landslide lies in two parts.

    A landslide is labelled only in the part that holds most of it. Elsewhere it is UNKNOWN, with a
    margin around it.

    Args:
        numbers: (height, width) landslide numbers from 1, 0 outside landslides.
        parts: (height, width) part of each pixel.
        known: (height, width) false where the image is not valid.
        margin_px: width of the margin, pixels.

    Returns:
        (height, width) 0, 1 or UNKNOWN.
    """
    labels = np.where(known & (parts != OUTSIDE), np.uint8(numbers > 0), np.uint8(UNKNOWN))
    homes = np.append(np.uint8(OUTSIDE), home_parts(numbers, parts, int(numbers.max(initial=0))))
    astray = numbers > 0
    astray[astray] = parts[astray] != homes[numbers[astray]]
    for part in (TRAIN, VALIDATION, TEST):
        pixels = astray & (parts == part)
        if margin_px and pixels.any():
            pixels = binary_dilation(pixels, iterations=margin_px)
        labels[pixels & (parts == part)] = UNKNOWN
    return labels
