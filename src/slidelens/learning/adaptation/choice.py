"""Choose between a start and its alternatives by scores on held-back marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from slidelens.learning.adaptation.counts import MarkCounts, scene_f1
from slidelens.learning.adaptation.share import landslide_shares
from slidelens.learning.inference.thresholds import middle_of_best
from slidelens.types import Float32, Float64, Int64

DRAWS = 1000  # of marks, for intervals
LEVEL = 0.9  # of intervals


@dataclass(frozen=True)
class Candidate:
    """A way to map the scene, with its outputs on marks that it has not learnt from.

    Attributes:
        name: `start`, `threshold` or `network`.
        counts: Pixels of each mark by output.
        mapped: (thresholds,) share of the scene that it maps at each.
        thresholds: (n,) index of the threshold for each mark, chosen without its fold.
    """

    name: str
    counts: MarkCounts
    mapped: Float64
    thresholds: Int64


@dataclass(frozen=True)
class Score:
    """F1 on marks, with the interval of its draws.

    Attributes:
        f1: F1 of the map of the scene, as far as the marks tell.
        low: Lower end of the interval.
        high: Upper end of the interval.
    """

    f1: float
    low: float
    high: float


def thresholds_without(counts: MarkCounts, mapped: Float64, folds: Int64, share: float) -> Int64:
    """Return the index of the threshold for each mark, chosen on the other folds.

    Args:
        counts: Pixels of each mark.
        mapped: (thresholds,) share of the scene that is mapped at each.
        folds: (n,) fold of each mark.
        share: Share of the scene that is landslide.
    """
    chosen = np.zeros(len(folds), np.int64)
    for fold in np.unique(folds):
        others = folds != fold
        rest = counts.chosen(others) if counts.is_landslide[others].any() else counts
        chosen[folds == fold] = middle_of_best(scene_f1(rest.recall(), mapped, share))
    return chosen


class Draws:
    """Resampled marks: landslides and boxes each for themselves, with replacement.

    Attributes:
        share: Share of the scene that is landslide, by all marks.
    """

    def __init__(self, counts: MarkCounts, scene: Float32, expected: float, seed: int) -> None:
        """Draw marks, and estimate by each draw how much of the scene is landslide.

        Args:
            counts: Pixels of each mark, by the outputs of the start.
            scene: (pixels,) outputs of the start in a sample of the scene.
            expected: Share of landslide that is expected without the marks.
            seed: Seed of the draws.
        """
        rng = np.random.default_rng(seed)
        landslide, marks = counts.is_landslide, len(counts.landslide_px)
        drawn = np.zeros((DRAWS, marks))
        for kind in (landslide, ~landslide):
            number = int(kind.sum())
            if number:
                equal = np.full(number, 1 / number)
                drawn[:, kind] = rng.multinomial(number, equal, DRAWS)
        self._times = np.concatenate([np.ones((1, marks)), drawn])
        self._shares = landslide_shares(counts, scene, self._times, expected)
        self.share = float(self._shares[0])

    def f1(self, candidate: Candidate) -> tuple[float, Float64]:
        """Return F1 of a candidate by all marks, and by each draw."""
        counts = candidate.counts
        hits = counts.landslide[np.arange(len(candidate.thresholds)), candidate.thresholds]
        recall = self._times @ hits / (self._times @ counts.landslide_px)
        mapped = candidate.mapped[candidate.thresholds].mean()
        f1 = scene_f1(recall, mapped, self._shares)
        return float(f1[0]), f1[1:]

    def score(self, candidate: Candidate) -> Score:
        """Return F1 of a candidate and its interval."""
        f1, drawn = self.f1(candidate)
        low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return Score(f1, float(low), float(high))


def choose(
    candidates: Sequence[Candidate], draws: Draws, gain: float, certainty: float
) -> Candidate:
    """Return the candidate to use; one that is not clearly better than those before is passed over.

    Args:
        candidates: The start, and its alternatives; those that change less come first.
        draws: Resampled marks.
        gain: Least gain of F1 on the marks.
        certainty: Least share of the draws in which the other is better.
    """
    best, (best_f1, best_drawn) = candidates[0], draws.f1(candidates[0])
    for candidate in candidates[1:]:
        f1, drawn = draws.f1(candidate)
        if f1 >= best_f1 + gain and (drawn > best_drawn).mean() >= certainty:
            best, best_f1, best_drawn = candidate, f1, drawn
    return best


def is_refuted(candidate: Candidate, by: Candidate, draws: Draws, certainty: float) -> bool:
    """Return whether the marks tell that a candidate is worse than another.

    Args:
        candidate: The candidate.
        by: The other.
        draws: Resampled marks.
        certainty: Least share of the draws in which it is worse.
    """
    (_, own), (_, others) = draws.f1(candidate), draws.f1(by)
    return bool((own < others).mean() >= certainty)
