"""Scores of maps, from the pixels of each mark and from what is mapped of the scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slidelens.learning.inference.thresholds import LOGITS, logits_of
from slidelens.types import Float32, Float64, Int32, Int64, Mask, UInt8


@dataclass(frozen=True)
class MarkCounts:
    """Pixels of each mark that reach each threshold of the output; `LOGITS` are their logits.

    Attributes:
        landslide: (n, thresholds) landslide pixels that reach it.
        bare: (n, thresholds) bare pixels that reach it.
        landslide_px: (n,) all landslide pixels.
        bare_px: (n,) all bare pixels.
    """

    landslide: Float64
    bare: Float64
    landslide_px: Float64
    bare_px: Float64

    @property
    def is_landslide(self) -> Mask:
        """(n,) whether a mark has landslide pixels; the others are boxes of bare ground."""
        found: Mask = self.landslide_px > 0
        return found

    def chosen(self, marks: Mask | Int64) -> MarkCounts:
        """Return the counts of some marks, of which one may be there several times."""
        return MarkCounts(
            self.landslide[marks], self.bare[marks], self.landslide_px[marks], self.bare_px[marks]
        )

    def recall(self) -> Float64:
        """Return the share of the landslide pixels that reaches each threshold."""
        recall: Float64 = self.landslide.sum(axis=0) / self.landslide_px.sum()
        return recall

    def box_weight(self, share: float) -> float:
        """Return how many pixels of ground stand behind a bare pixel of a box."""
        box = ~self.is_landslide
        around, inside = self.bare_px[~box].sum(), self.bare_px[box].sum()
        needed = self.landslide_px.sum() * (1 - share) / share - around
        return float(max(needed, 0.0) / inside) if inside else 1.0


def count_marks(output: Float32, labels: UInt8, numbers: Int32, marks: int) -> MarkCounts:
    """Count the pixels of each mark.

    Args:
        output: (pixels,) output of a network.
        labels: (pixels,) 0 or 1.
        numbers: (pixels,) number of the mark, from 1.
        marks: Number of marks.
    """
    thresholds = len(LOGITS)
    bins = np.searchsorted(LOGITS, logits_of(output), "right")  # thresholds that it reaches
    reached = []
    for label in (1, 0):
        of_label = labels == label
        flat = (numbers[of_label].astype(np.int64) - 1) * (thresholds + 1) + bins[of_label]
        histogram = np.bincount(flat, minlength=marks * (thresholds + 1))
        reached.append(histogram.reshape(marks, -1)[:, ::-1].cumsum(axis=1)[:, ::-1])
    landslide, bare = reached
    return MarkCounts(
        landslide[:, 1:].astype(float),
        bare[:, 1:].astype(float),
        landslide[:, 0].astype(float),
        bare[:, 0].astype(float),
    )


def mapped_shares(output: Float32) -> Float64:
    """Return the share of some pixels that reaches each threshold.

    Args:
        output: (pixels,) output of a network.
    """
    shares: Float64 = 1 - np.searchsorted(np.sort(logits_of(output)), LOGITS) / len(output)
    return shares


def scene_f1(recall: Float64, mapped: Float64, share: Float64 | float) -> Float64:
    """Return F1 of maps of a scene; the arrays are broadcast.

    No bare ground has to be known: what is mapped and no hit is a false alarm.

    Args:
        recall: Share of the landslide that is mapped.
        mapped: Share of the scene that is mapped.
        share: Share of the scene that is landslide.

    Source: Lee and Liu (2003), Learning with positive and unlabeled examples, section 4.
    """
    f1: Float64 = 2 * np.minimum(share * recall, mapped) / (share + mapped)
    return f1
