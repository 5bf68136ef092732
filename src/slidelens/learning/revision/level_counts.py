"""Counts of labelled pixels by level: thresholds and scores of maps that are stored as bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import logit

from slidelens.analysis.accuracy.confusion import Counts
from slidelens.analysis.revision.sequences import UNSEEN, Levels
from slidelens.analysis.revision.states import UNKNOWN
from slidelens.dataset.parts import PART_NAMES, TEST, TRAIN, VALIDATION
from slidelens.learning.inference.thresholds import best_range, f1_between
from slidelens.types import Int64, UInt8

LEVELS = 256
_LOGITS = logit((np.arange(1, LEVELS) - 0.5) / (LEVELS - 1))  # of the thresholds below each level


class LevelCounts:
    """Number of pixels of each part of the split, class and level of one map.

    They are added in any order and in any parts.
    """

    def __init__(self) -> None:
        """Begin without any pixel."""
        self._pixels: Int64 = np.zeros((len(PART_NAMES), 2, LEVELS), np.int64)

    def add(self, levels: Levels, labels: UInt8, parts: UInt8) -> None:
        """Add (n,) pixels; unseen and unlabelled ones are left out.

        Args:
            levels: Probability as 0…255 for 0…1, or UNSEEN.
            labels: 0, 1 or UNKNOWN.
            parts: Part of the split.
        """
        known = (levels != UNSEEN) & (labels != UNKNOWN)
        number = (parts[known].astype(np.int64) * 2 + labels[known]) * LEVELS + levels[known]
        self._pixels += np.bincount(number, minlength=self._pixels.size).reshape(self._pixels.shape)

    def choose_threshold(self) -> float | None:
        """Return the threshold of best F1 on training and validation blocks.

        It is the middle of the logits around the best one, as in `BestThreshold`; None if there is
        no landslide in the validation blocks.
        """
        if not self._pixels[VALIDATION, 1].any():
            return None
        bare, landslide = self._pixels[[TRAIN, VALIDATION]].sum(axis=0)
        first, last = best_range(f1_between(landslide, bare))
        middle = (_LOGITS[first] + _LOGITS[last]) / 2
        return threshold_of_level(1 + int(np.abs(_LOGITS - middle).argmin()))

    def f1(self, threshold: float) -> float | None:
        """Return F1 on training and validation blocks; None without a landslide there.

        Args:
            threshold: Probability from which a pixel is landslide.
        """
        return self._counts([TRAIN, VALIDATION], threshold).f1

    def test_scores(self, threshold: float) -> dict[str, Any]:
        """Return the scores on the test blocks, as `Counts.scores` names them.

        Args:
            threshold: Probability from which a pixel is landslide.
        """
        return self._counts([TEST], threshold).scores()

    def _counts(self, parts: list[int], threshold: float) -> Counts:
        level = int(np.ceil(np.float64(threshold) * (LEVELS - 1)))
        pixels = self._pixels[parts].sum(axis=0)
        (true_negative, missed), (false, hit) = (
            pixels[:, some].sum(axis=1).tolist() for some in (slice(level), slice(level, None))
        )
        return Counts(hit, false, missed, true_negative)


def threshold_of_level(level: int) -> float:
    """Return a threshold between a level and the one below, 0…1."""
    return round((level - 0.5) / (LEVELS - 1), 4)
