"""The start is kept unless an alternative is clearly better on marks held back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from slidelens.learning.adaptation.choice import (
    DRAWS,
    Candidate,
    Draws,
    choose,
    is_refuted,
    thresholds_without,
)
from slidelens.learning.adaptation.counts import (
    MarkCounts,
    count_marks,
    mapped_shares,
    scene_f1,
)
from slidelens.learning.adaptation.share import landslide_shares
from slidelens.learning.inference.thresholds import threshold_index
from slidelens.types import Float32, Int64

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


def scene(skill: float) -> Float32:
    """Outputs in a scene of which `SHARE` is landslide."""
    rng = np.random.default_rng(0)
    outputs = rng.normal(0.4 + skill * (rng.random(20_000) < SHARE), 0.2)
    return np.clip(outputs, 0.001, 0.999).astype(np.float32)


def candidate(
    name: str, skill: float, seed: int = 1, lucky: float = 0.0, unlike: float = 0.0
) -> Candidate:
    found, mapped = counts(skill, seed, lucky, unlike), mapped_shares(scene(skill))
    return Candidate(name, found, mapped, thresholds_without(found, mapped, FOLDS, SHARE))


def draws_of(start: Candidate, skill: float = 0.2) -> Draws:
    return Draws(start.counts, scene(skill), SHARE, 0)


def choice(*others: Candidate, gain: float = 0.01) -> str:
    start = candidate("start", 0.2)
    return choose([start, *others], draws_of(start), gain, 0.7).name


def test_a_better_one_is_taken_and_the_best_of_several() -> None:
    assert choice(candidate("good", 0.3)) == "good"
    assert choice(candidate("good", 0.3), candidate("best", 0.4), candidate("bad", 0.1)) == "best"


def test_what_changes_more_has_to_be_better_again() -> None:
    """Of two that are hardly apart the one that comes first is taken."""
    assert choice(candidate("first", 0.4), candidate("second", 0.405, seed=2)) == "first"


def test_false_alarms_count_where_no_mark_lies() -> None:
    """As good on the marks as the good one, but it maps a fifth of the scene besides."""
    good = candidate("good", 0.3)
    careless = replace(good, name="careless", mapped=good.mapped + 0.2)
    assert choice(careless, good) == "good"


def test_a_worse_an_equal_and_a_hardly_better_one_are_not() -> None:
    assert choice(candidate("worse", 0.1)) == "start"
    assert choice(candidate("equal", 0.2)) == "start"
    assert choice(candidate("better", 0.3), gain=0.5) == "start"


def test_one_lucky_mark_does_not_convince() -> None:
    """Better on one landslide of ten: a third of the draws lack it."""
    lucky = candidate("lucky", 0.2, lucky=0.5)
    start = candidate("start", 0.2)
    draws = draws_of(start)
    assert draws.f1(lucky)[0] > draws.f1(start)[0]
    assert choose([start, lucky], draws, 0.0, 0.9).name == "start"


def test_the_interval_holds_the_score_and_is_wider_with_fewer_marks() -> None:
    one, few = candidate("start", 0.3, unlike=0.2), np.array([0, 1, 10, 11])
    less = replace(one, counts=one.counts.chosen(few), thresholds=one.thresholds[few])
    wide, narrow = (draws_of(each, 0.3).score(each) for each in (less, one))
    assert narrow.low < narrow.f1 < narrow.high
    assert narrow.high - narrow.low < wide.high - wide.low


def test_share_and_score_are_those_of_all_marks() -> None:
    one, outputs = candidate("start", 0.3, unlike=0.2), scene(0.3)
    draws, every = Draws(one.counts, outputs, SHARE, 0), np.ones((1, MARKS))
    assert draws.share == landslide_shares(one.counts, outputs, every, SHARE)[0]
    hits = one.counts.landslide[np.arange(MARKS), one.thresholds].sum()
    recall = hits / one.counts.landslide_px.sum()
    expected = scene_f1(recall, one.mapped[one.thresholds].mean(), draws.share)
    assert draws.score(one).f1 == pytest.approx(float(expected))


def test_the_interval_holds_nine_of_ten_draws() -> None:
    one = candidate("start", 0.3, unlike=0.2)
    draws = draws_of(one, 0.3)
    score, (f1, drawn) = draws.score(one), draws.f1(one)
    assert score.f1 == f1
    assert len(drawn) == DRAWS
    assert ((score.low <= drawn) & (drawn <= score.high)).sum() == 0.9 * DRAWS
    assert (drawn < score.low).sum() == (drawn > score.high).sum() == 0.05 * DRAWS


def test_the_score_is_that_of_the_map() -> None:
    """Within what 1,000 landslide pixels tell of it."""
    one, share = candidate("start", 0.4), 0.1
    truth = np.random.default_rng(0).random(20_000) < share
    mapped = scene(0.4) >= 0.6
    f1 = 2 * (mapped & truth).sum() / (mapped.sum() + truth.sum())
    draws = draws_of(one, 0.4)
    assert draws.share == pytest.approx(share, rel=0.15)
    fixed = replace(one, thresholds=np.full(MARKS, threshold_index(0.6)))
    assert draws.score(fixed).f1 == pytest.approx(f1, abs=0.05)


def test_a_threshold_does_not_see_its_own_fold() -> None:
    found = counts(0.3, 1)
    changed = MarkCounts(
        np.where(FOLDS[:, None] == 2, 0.0, found.landslide),
        np.where(FOLDS[:, None] == 2, float(PIXELS), found.bare),
        found.landslide_px,
        found.bare_px,
    )
    mapped = mapped_shares(scene(0.3))
    before, after = (thresholds_without(each, mapped, FOLDS, SHARE) for each in (found, changed))
    assert before[2] == after[2]
    assert before[2] == pytest.approx(threshold_index(0.6), abs=12)
    assert not np.array_equal(before, after)


def test_only_clear_marks_refute_a_candidate() -> None:
    start = candidate("start", 0.3)
    draws = draws_of(start, 0.3)
    assert is_refuted(candidate("spectral", 0.1), start, draws, 0.95)
    for skill in (0.3, 0.5):
        assert not is_refuted(candidate("spectral", skill, seed=2), start, draws, 0.95)
    doubtful = candidate("spectral", 0.3, seed=2, unlike=0.2)
    worse = float((draws.f1(doubtful)[1] < draws.f1(start)[1]).mean())
    assert 0 < worse < 1
    assert is_refuted(doubtful, start, draws, worse)
    assert not is_refuted(doubtful, start, draws, worse + 1e-9)
