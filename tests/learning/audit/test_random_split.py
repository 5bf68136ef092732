"""The random split of overlapping patches, and the F1 that it would have claimed."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from slidelens.dataset.parts import TEST, TRAIN, VALIDATION
from slidelens.learning.audit.random_split import PATCH, random_patches
from slidelens.params.schema import SplitParams

SPLIT = SplitParams(block_m=640, validation=0.2, test=0.3, margin_m=0, seed=1)


def test_random_patches_cover_everything_and_overlap() -> None:
    masks = random_patches(np.ones((3 * PATCH, 3 * PATCH), bool), SPLIT, seed=1)
    train, test = masks[TRAIN], masks[TEST]
    assert np.any(list(masks.values()), axis=0).all()
    assert masks[VALIDATION].any()
    assert (train & test).sum() > 0.5 * test.sum()  # which is the leak


@pytest.mark.long
def test_the_random_split_claims_a_score(finished: Any) -> None:
    process = finished.run("slidelens", "audit", "--careless", "2016", "--json")
    claimed = json.loads(process.stdout)["careless"]
    assert claimed["date"] == "2016"
    assert 0 <= claimed["f1_claimed"] <= 1


def test_patches_without_any_pixel_of_the_area_are_in_no_part() -> None:
    """Of 3 × 3 patches' width, the area is the upper left corner: 4 patches reach into it."""
    inside = np.zeros((3 * PATCH, 3 * PATCH), bool)
    inside[:PATCH, :PATCH] = True
    masks = random_patches(inside, SPLIT, seed=1)
    for mask in masks.values():
        assert not mask[~inside].any()
        assert mask.any()  # 4 patches: 1 of test, 1 of validation, 2 of train


def test_the_seed_decides_the_parts() -> None:
    inside = np.ones((3 * PATCH, 3 * PATCH), bool)
    first, again, different = (random_patches(inside, SPLIT, seed)[TEST] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != different).any()
