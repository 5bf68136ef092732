"""Folds of marks: neighbours together, landslides in each."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.learning.adaptation.folds import FOLDS, assign_folds


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("number", [2, 3, 5, 10, 25])
def test_each_fold_has_landslides_and_neighbours_share_one(seed: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 2000, (2 * number, 2))
    centres[-1] = centres[0] + 3
    is_landslide = np.arange(2 * number) < number
    folds = assign_folds(centres, is_landslide)
    assert set(folds.tolist()) == set(range(min(FOLDS, number)))
    assert all(is_landslide[folds == fold].any() for fold in range(folds.max() + 1))
    assert folds[-1] == folds[0]


def test_groups_are_balanced_by_landslides() -> None:
    centres = np.array([(0, 100 * index) for index in range(16)])
    folds = assign_folds(centres, np.ones(16, bool))
    assert folds.tolist() == np.repeat([0, 1, 2, 3], 4).tolist()


def test_a_group_counts_with_all_its_landslides() -> None:
    """Four in one heap make a fold as four apart do, and boxes count nothing."""
    columns = [0] * 4 + [200, 400, 600, 800] + [900, 1000, 1100]
    centres = np.array([(0, column) for column in columns])
    folds = assign_folds(centres, np.arange(11) < 8, folds=2)
    assert folds.tolist() == [0] * 4 + [1] * 7


def test_ground_is_parted_along_its_longer_side() -> None:
    centres = np.array([(100 * row, 500 * column) for row in (0, 1) for column in range(4)])
    folds = assign_folds(centres, np.ones(8, bool), folds=2)
    assert folds.tolist() == [0, 0, 1, 1] * 2
    assert assign_folds(centres[:, ::-1], np.ones(8, bool), folds=2).tolist() == [0, 0, 1, 1] * 2


def test_one_heap_of_marks_is_parted_all_the_same() -> None:
    centres = np.array([(index, 0) for index in range(8)])
    folds = assign_folds(centres, np.ones(8, bool))
    assert np.bincount(folds).tolist() == [2, 2, 2, 2]
