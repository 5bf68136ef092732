"""Labels of pixels, and the part of the split that each landslide belongs to."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_dilation

from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, UNKNOWN, VALIDATION
from slidelens.study.split import home_parts
from slidelens.types import Int32, Mask, UInt8


def split_labels(numbers: Int32, parts: UInt8, known: Mask, margin: int) -> UInt8:
    """Labels in which no landslide lies astride two parts.

    What a landslide has outside the part that holds most of it is UNKNOWN there, with a margin.
    numbers: (height, width) landslide number from 1, 0 where there is none
    parts: (height, width) part of each pixel
    known: (height, width) false where the ground was not seen or not mapped
    margin: pixels
    Returns (height, width) uint8: 0, 1 or UNKNOWN.
    """
    labels = np.where(known & (parts != OUTSIDE), numbers > 0, UNKNOWN).astype(np.uint8)
    homes = np.append(np.uint8(OUTSIDE), home_parts(numbers, parts, int(numbers.max(initial=0))))
    astray = (numbers > 0) & (parts != homes[numbers])
    for part in (TRAIN, VALIDATION, TEST):
        strays = astray & (parts == part)
        near = binary_dilation(strays, iterations=margin) if margin and strays.any() else strays
        labels[near & (parts == part)] = UNKNOWN
    return labels
