"""Thresholds and scores of maps of bytes."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.analysis.revision.sequences import UNSEEN
from slidelens.analysis.revision.states import UNKNOWN
from slidelens.dataset.parts import TEST, TRAIN, VALIDATION
from slidelens.learning.revision.level_counts import LevelCounts


def counts(*pixels: tuple[int, int, int, int]) -> LevelCounts:
    """Count (level, label, part, number) pixels."""
    found = LevelCounts()
    for level, label, part, number in pixels:
        found.add(
            np.full(number, level, np.int16),
            np.full(number, label, np.uint8),
            np.full(number, part, np.uint8),
        )
    return found


def test_the_threshold_is_the_middle_of_the_logits_on_training_and_validation_blocks() -> None:
    """Thresholds above level 5 and up to 155 separate them; the middle of levels is 81."""
    found = counts(
        (5, 0, VALIDATION, 90), (200, 1, VALIDATION, 10), (155, 1, TRAIN, 10), (1, 1, TEST, 1000)
    )
    threshold = found.choose_threshold()
    assert threshold is not None
    logits = [np.log(level / (255 - level)) for level in (5.5, 154.5)]
    assert np.log(threshold / (1 - threshold)) == pytest.approx(np.mean(logits), abs=0.02)
    assert found.f1(threshold) == 1.0


def test_training_blocks_alone_choose_no_threshold() -> None:
    assert counts((5, 0, VALIDATION, 90), (155, 1, TRAIN, 10)).choose_threshold() is None


def test_scores_are_those_of_the_test_blocks() -> None:
    found = counts((200, 1, TEST, 6), (200, 0, TEST, 2), (10, 1, TEST, 4), (10, 1, TRAIN, 99))
    scores = found.test_scores(0.5)
    assert scores["precision"] == pytest.approx(0.75)
    assert scores["recall"] == pytest.approx(0.6)


def test_a_pixel_at_the_threshold_is_landslide() -> None:
    assert counts((51, 1, TEST, 1)).test_scores(0.2)["f1"] == 1.0
    assert counts((50, 1, TEST, 1)).test_scores(0.2)["f1"] == 0.0


def test_unseen_and_unlabelled_pixels_do_not_count() -> None:
    found = counts((UNSEEN, 1, VALIDATION, 5), (80, UNKNOWN, VALIDATION, 5))
    assert found.choose_threshold() is None
    assert found.f1(0.2) is None
