"""Sequences of levels and labels, and their numbers."""

from __future__ import annotations

import numpy as np

from slidelens.analysis.revision.sequences import (
    BIN_STARTS,
    UNSEEN,
    bins_of,
    count_sequences,
)


def test_every_level_has_a_bin_and_unseen_stays_unseen() -> None:
    last = len(BIN_STARTS) - 1
    levels = np.array([UNSEEN, 0, 1, 3, 4, 240, 241, 255], np.int16)
    assert bins_of(levels).tolist() == [-1, 0, 1, 3, 3, last - 1, last, last]


def test_equal_sequences_are_counted_and_others_are_kept() -> None:
    levels = np.array([[7, 7, 9], [UNSEEN, UNSEEN, 2]], np.int16)
    labels = np.array([[0, 0, 0], [1, 1, 1]], np.uint8)
    found = count_sequences(levels, labels, np.array([1.0, 2, 4]))
    assert sorted(zip(*found.levels.tolist(), found.pixels.tolist(), strict=True)) == [
        (7, UNSEEN, 3.0),
        (9, 2, 4.0),
    ]


def test_binned_sequences_of_other_levels_in_one_bin_are_one() -> None:
    levels, labels = np.array([[33, 48, 49]], np.int16), np.zeros((1, 3), np.uint8)
    found = count_sequences(levels, labels).binned()
    assert dict(zip(found.levels[0].tolist(), found.pixels.tolist(), strict=True)) == {8: 2, 9: 1}
