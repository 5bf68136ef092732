"""The start is kept unless an alternative is clearly better on marks held back."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.learning.adaptation.choice import Candidate, Draws, choose, thresholds_without
from slidelens.learning.adaptation.counts import MarkCounts, count_marks, threshold_index
from slidelens.types import Int64

MARKS, PIXELS = 20, 100
FOLDS: Int64 = np.arange(MARKS) % 4
SHARE = 0.1


def counts(skill: float, seed: int, lucky: float = 0.0, unlike: float = 0.0) -> MarkCounts:
    """Ten landslides and ten boxes, parted by `skill`; one `lucky`, or all `unlike`."""
    rng = np.random.default_rng(seed)
    numbers = np.repeat(np.arange(1, MARKS + 1), PIXELS).astype(np.int32)
    labels = (numbers <= MARKS // 2).astype(np.uint8)
    outputs = rng.normal(0.4 + skill * labels + lucky * (numbers == 1), 0.2)
    outputs += unlike * rng.normal(size=MARKS)[numbers - 1]
    return count_marks(np.clip(outputs, 0.001, 0.999).astype(np.float32), labels, numbers, MARKS)


def candidate(name: str, skill: float, seed: int = 1, lucky: float = 0.0) -> Candidate:
    found = counts(skill, seed, lucky)
    return Candidate(name, found, thresholds_without(found, FOLDS, SHARE))


def choice(*others: Candidate, gain: float = 0.01) -> str:
    start = candidate("start", 0.2)
    return choose([start, *others], Draws(start.counts, SHARE, 0), gain, 0.7).name


def test_a_better_one_is_taken_and_the_best_of_several() -> None:
    assert choice(candidate("good", 0.3)) == "good"
    assert choice(candidate("good", 0.3), candidate("best", 0.4), candidate("bad", 0.1)) == "best"


def test_a_worse_an_equal_and_a_hardly_better_one_are_not() -> None:
    assert choice(candidate("worse", 0.1)) == "start"
    assert choice(candidate("equal", 0.2)) == "start"
    assert choice(candidate("better", 0.3), gain=0.5) == "start"


def test_one_lucky_mark_does_not_convince() -> None:
    """Better on one landslide of ten: a third of the draws lack it."""
    lucky = candidate("lucky", 0.2, lucky=0.5)
    start = candidate("start", 0.2)
    draws = Draws(start.counts, SHARE, 0)
    assert draws.f1(lucky)[0] > draws.f1(start)[0]
    assert choose([start, lucky], draws, 0.0, 0.9).name == "start"


def test_the_interval_holds_the_score_and_is_wider_with_fewer_marks() -> None:
    found = counts(0.3, 1, unlike=0.2)
    one = Candidate("start", found, thresholds_without(found, FOLDS, SHARE))
    few = np.array([0, 1, 10, 11])
    less = Candidate("few", one.counts.chosen(few), one.thresholds[few])
    wide = Draws(less.counts, SHARE, 0).score(less)
    narrow = Draws(one.counts, SHARE, 0).score(one)
    assert narrow.low < narrow.f1 < narrow.high
    assert narrow.high - narrow.low < wide.high - wide.low


def test_a_threshold_does_not_see_its_own_fold() -> None:
    found = counts(0.3, 1)
    changed = MarkCounts(
        np.where(FOLDS[:, None] == 2, 0.0, found.landslide),
        np.where(FOLDS[:, None] == 2, float(PIXELS), found.bare),
        found.landslide_px,
        found.bare_px,
    )
    before, after = (thresholds_without(each, FOLDS, SHARE) for each in (found, changed))
    assert before[2] == after[2]
    assert before[2] == pytest.approx(threshold_index(0.6), abs=12)
    assert not np.array_equal(before, after)
