"""Training with fewer landslides than are mapped, to learn how many are needed."""

from __future__ import annotations

import numpy as np

from slidelens.learning.split import TRAIN, UNKNOWN, Bytes, Indices


def keep_landslides(labels: Bytes, numbers: Indices, parts: Bytes, keep: int, seed: int) -> Bytes:
    """The labels with only `keep` landslides of the train blocks; the others are UNKNOWN there, as if nobody had looked.

    labels: (height, width) 0, 1 or UNKNOWN; numbers: (height, width) landslide number from 1, 0 where there is none
    parts: (height, width) part of each pixel
    Fewer are always among more: with one seed, the 5 kept are among the 10. Validation and test ground stay as they are.
    """
    learnt = (labels == 1) & (parts == TRAIN)
    order = np.random.default_rng(seed).permutation(np.unique(numbers[learnt]))
    return np.where(learnt & ~np.isin(numbers, order[:keep]), np.uint8(UNKNOWN), labels)
