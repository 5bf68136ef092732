"""Fewer landslides to train on: nested selections, the others unknown in train blocks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from slidelens.dataset.parts import TRAIN, UNKNOWN, VALIDATION
from slidelens.learning.finetuning import keep_landslides

# 8 landslides of one pixel each, a pixel apart; the last two in validation blocks
NUMBERS = np.zeros((1, 16), np.int32)
NUMBERS[0, ::2] = np.arange(1, 9)
LABELS = (NUMBERS > 0).astype(np.uint8)
PARTS = np.where(np.arange(16) < 12, TRAIN, VALIDATION).astype(np.uint8)[None]


def selected(keep: int, seed: int = 1) -> set[int]:
    labels = keep_landslides(LABELS, NUMBERS, PARTS, keep, seed)
    dropped = labels != LABELS
    assert (labels[dropped] == UNKNOWN).all()
    assert (LABELS[dropped] == 1).all()
    assert (PARTS[dropped] == TRAIN).all()
    assert labels.dtype == np.uint8
    return set(NUMBERS[(labels == 1) & (PARTS == TRAIN)].tolist())


def test_smaller_selections_are_among_larger_ones() -> None:
    selections = [selected(keep) for keep in range(1, 7)]
    assert [len(numbers) for numbers in selections] == [1, 2, 3, 4, 5, 6]
    assert all(fewer < more for fewer, more in itertools.pairwise(selections))


def test_more_than_there_are_is_all_of_them() -> None:
    np.testing.assert_array_equal(keep_landslides(LABELS, NUMBERS, PARTS, 99, 1), LABELS)


def test_the_seed_chooses() -> None:
    assert selected(3) == selected(3)
    assert len({tuple(sorted(selected(3, seed))) for seed in range(10)}) > 1


@pytest.mark.parametrize("label", [UNKNOWN, 0])
def test_a_landslide_without_a_known_pixel_is_not_counted(label: int) -> None:
    labels = LABELS.copy()
    labels[0, 0] = label
    selection = keep_landslides(labels, NUMBERS, PARTS, 5, 1)
    np.testing.assert_array_equal(selection, labels)


def test_patches_of_landslides_that_only_reach_into_the_area_are_landslides_too() -> None:
    """Of the six in train blocks, those at columns 0 and 4 have no number: one patch each."""
    numbers = np.where(np.isin(np.arange(16), (0, 4)), 0, NUMBERS).astype(np.int32)
    for keep in range(1, 8):
        labels = keep_landslides(LABELS, numbers, PARTS, keep, seed=1)
        assert (labels[PARTS == TRAIN] == 1).sum() == min(keep, 6)
