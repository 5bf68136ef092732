"""Choose between a start and its alternatives by scores on held-back marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from slidelens.learning.adaptation.counts import MarkCounts, choose_threshold
from slidelens.types import Float64, Int64

DRAWS = 1000  # of marks, for intervals
LEVEL = 0.9  # of intervals


@dataclass(frozen=True)
class Candidate:
    """A way to map the scene, with its outputs on marks that it has not learnt from.

    Attributes:
        name: `start`, `threshold` or `network`.
        counts: Pixels of each mark by output.
        thresholds: (n,) index of the threshold for each mark, chosen without its fold.
    """

    name: str
    counts: MarkCounts
    thresholds: Int64

    def at_thresholds(self) -> tuple[Float64, Float64]:
        """Return the (n,) landslide pixels that are mapped, and the bare ones."""
        marks = np.arange(len(self.thresholds))
        return self.counts.landslide[marks, self.thresholds], self.counts.bare[
            marks, self.thresholds
        ]


@dataclass(frozen=True)
class Score:
    """F1 on marks, with the interval of its draws.

    Attributes:
        f1: F1, in which bare marks count for as much ground as they stand for.
        low: Lower end of the interval.
        high: Upper end of the interval.
    """

    f1: float
    low: float
    high: float


def thresholds_without(counts: MarkCounts, folds: Int64, share: float) -> Int64:
    """Return the index of the threshold for each mark, chosen on the other folds.

    Args:
        counts: Pixels of each mark.
        folds: (n,) fold of each mark.
        share: Share of the ground that is landslide.
    """
    chosen = np.zeros(len(folds), np.int64)
    for fold in np.unique(folds):
        others = folds != fold
        rest = counts.chosen(others) if counts.is_landslide[others].any() else counts
        chosen[folds == fold] = choose_threshold(rest.f1(share))
    return chosen


class Draws:
    """Resampled marks: landslides and boxes each for themselves, with replacement."""

    def __init__(self, counts: MarkCounts, share: float, seed: int) -> None:
        """Draw marks.

        Args:
            counts: Pixels of each mark.
            share: Share of the ground that is landslide.
            seed: Seed of the draws.
        """
        rng = np.random.default_rng(seed)
        landslide, marks = counts.is_landslide, len(counts.landslide_px)
        self._times = np.zeros((DRAWS, marks))
        for kind in (landslide, ~landslide):
            number = int(kind.sum())
            if number:
                equal = np.full(number, 1 / number)
                self._times[:, kind] = rng.multinomial(number, equal, DRAWS)
        self._weight = np.where(landslide, 1.0, counts.box_weight(share))
        self._pixels = counts.landslide_px

    def f1(self, candidate: Candidate) -> tuple[float, Float64]:
        """Return F1 of a candidate on the marks, and on each draw."""
        hit, false = candidate.at_thresholds()
        false = false * self._weight

        def score(times: Float64) -> Float64:
            sums = times @ np.stack([hit, false, self._pixels], axis=1)
            f1: Float64 = 2 * sums[..., 0] / np.maximum(sums.sum(axis=-1), 1)
            return f1

        return float(score(np.ones(len(hit)))), score(self._times)

    def score(self, candidate: Candidate) -> Score:
        """Return F1 of a candidate and its interval."""
        f1, drawn = self.f1(candidate)
        low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return Score(f1, float(low), float(high))


def choose(
    candidates: Sequence[Candidate], draws: Draws, gain: float, certainty: float
) -> Candidate:
    """Return the candidate to use: the first, unless another is clearly better.

    Args:
        candidates: The start, and its alternatives.
        draws: Resampled marks.
        gain: Least gain of F1 on the marks.
        certainty: Least share of the draws in which the other is better.
    """
    start_f1, start_drawn = draws.f1(candidates[0])
    best, best_f1 = candidates[0], start_f1
    for candidate in candidates[1:]:
        f1, drawn = draws.f1(candidate)
        better = (drawn > start_drawn).mean()
        if f1 >= start_f1 + gain and better >= certainty and f1 > best_f1:
            best, best_f1 = candidate, f1
    return best
