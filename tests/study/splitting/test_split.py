"""The split.

Blocks of ground, the same at every date, balanced, and no landslide astride two parts.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, UNKNOWN, VALIDATION, block_numbers
from slidelens.errors import ParamsError
from slidelens.geo.rasterise import rasterise_ids
from slidelens.study.splitting.labels import split_labels
from slidelens.study.splitting.split import home_parts, split_blocks
from support.studies import area_grid, landslides

GRID = area_grid()
EVERYWHERE = np.ones(GRID.shape, bool)


def numbers(count: int, seed: int) -> NDArray[np.int32]:
    return rasterise_ids(landslides(GRID, count, seed), GRID)


def shares_of(parts: NDArray[np.uint8], where: NDArray[np.bool_]) -> dict[int, float]:
    return {part: float((parts[where] == part).mean()) for part in (TRAIN, VALIDATION, TEST)}


def test_blocks_are_numbered_row_by_row() -> None:
    assert block_numbers((3, 5), 2).tolist() == [[0, 0, 1, 1, 2], [0, 0, 1, 1, 2], [3, 3, 4, 4, 5]]


def test_a_block_is_wholly_in_one_part() -> None:
    blocks = block_numbers(GRID.shape, 16)
    parts = split_blocks(blocks, EVERYWHERE, [numbers(20, 0)], 0.15, 0.3, seed=1)
    assert {len(np.unique(parts[blocks == block])) for block in np.unique(blocks)} == {1}


def test_ground_off_the_area_is_in_no_part() -> None:
    inside = np.zeros(GRID.shape, bool)
    inside[5:70, 9:90] = True
    parts = split_blocks(block_numbers(GRID.shape, 16), inside, [], 0.15, 0.3, seed=1)
    np.testing.assert_array_equal(parts == OUTSIDE, ~inside)
    assert set(np.unique(parts[inside])) == {TRAIN, VALIDATION, TEST}


@pytest.mark.parametrize("seed", range(5))
def test_shares_are_near_the_wish_by_ground_by_area_and_by_number_at_every_date(seed: int) -> None:
    dates = [numbers(28, seed), numbers(32, seed + 50)]
    parts = split_blocks(
        block_numbers(GRID.shape, 16), EVERYWHERE, dates, validation=0.15, test=0.3, seed=seed
    )
    for of_date in dates:
        by_area = shares_of(parts, of_date > 0)
        homes = home_parts(of_date, parts, int(of_date.max()))
        by_number = {part: float((homes == part).mean()) for part in by_area}
        for share in (by_area, by_number, shares_of(parts, EVERYWHERE)):
            assert share[TEST] == pytest.approx(0.3, abs=0.08)
            assert share[VALIDATION] == pytest.approx(0.15, abs=0.08)
            assert share[TRAIN] == pytest.approx(0.55, abs=0.1)


def test_the_same_seed_gives_the_same_split_and_another_another() -> None:
    first, same, other = (
        split_blocks(block_numbers(GRID.shape, 16), EVERYWHERE, [numbers(20, 0)], 0.15, 0.3, seed)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()


def test_a_date_without_landslides_does_not_count() -> None:
    none = np.zeros(GRID.shape, np.int32)
    blocks = block_numbers(GRID.shape, 16)
    alone = split_blocks(blocks, EVERYWHERE, [numbers(20, 0)], 0.15, 0.3, seed=1)
    np.testing.assert_array_equal(
        split_blocks(blocks, EVERYWHERE, [none, numbers(20, 0)], 0.15, 0.3, seed=1), alone
    )


def test_no_test_part_where_none_is_wished() -> None:
    parts = split_blocks(
        block_numbers(GRID.shape, 16), EVERYWHERE, [numbers(20, 0)], 0.2, 0, seed=1
    )
    assert set(np.unique(parts)) == {TRAIN, VALIDATION}


def test_too_few_blocks() -> None:
    with pytest.raises(
        ParamsError,
        match=r"the area holds 2 blocks, fewer than the 3 parts of the split; make split.block_m "
        r"smaller",
    ):
        split_blocks(block_numbers((10, 20), 10), np.ones((10, 20), bool), [], 0.15, 0.3, seed=1)
    with pytest.raises(ParamsError, match="the area holds 0 blocks"):
        split_blocks(block_numbers((10, 20), 10), np.zeros((10, 20), bool), [], 0.15, 0.3, seed=1)


def test_three_blocks_are_enough_for_three_parts() -> None:
    parts = split_blocks(
        block_numbers((10, 30), 10), np.ones((10, 30), bool), [], 0.15, 0.3, seed=1
    )
    assert sorted(np.unique(parts)) == [TRAIN, VALIDATION, TEST]


@pytest.mark.parametrize("seed", range(8))
def test_no_part_is_empty_where_one_block_holds_nearly_everything(seed: int) -> None:
    # in any order of the blocks no midpoint falls into the share of the validation part
    blocks, inside = block_numbers((104, 104), 100), np.ones((104, 104), bool)
    parts = split_blocks(blocks, inside, [], validation=0.2, test=0.2, seed=seed)
    assert set(np.unique(parts)) == {TRAIN, VALIDATION, TEST}
    inside[100:, 100:] = False  # as many blocks as parts
    parts = split_blocks(blocks, inside, [], validation=0.2, test=0.2, seed=seed)
    assert set(np.unique(parts[inside])) == {TRAIN, VALIDATION, TEST}


# Labels


def test_the_home_of_a_landslide_is_the_part_with_most_of_it() -> None:
    # landslide 1 has 2 pixels in train and 1 in test, landslide 2 one each: the first part; 3
    # lies outside; 4 covers no pixel
    parts = np.array([[TRAIN, TRAIN, TEST, TEST, TRAIN, OUTSIDE]], np.uint8)
    assert home_parts(np.array([[1, 1, 1, 2, 2, 3]], np.int32), parts, 4).tolist() == [
        TRAIN,
        TRAIN,
        OUTSIDE,
        OUTSIDE,
    ]


def test_no_landslide_is_astride() -> None:
    # Landslide 1 has 3 pixels in train and 2 in test, landslide 2 is in test. With a margin
    # of 1 the strays of 1 hide one pixel around them.
    parts = np.array([[TRAIN] * 4 + [TEST] * 6], np.uint8)
    of = np.array([[0, 1, 1, 1, 1, 1, 0, 0, 2, 0]], np.int32)
    known = np.ones((1, 10), bool)
    u = UNKNOWN
    assert split_labels(of, parts, known, margin_px=0).tolist() == [[0, 1, 1, 1, u, u, 0, 0, 1, 0]]
    assert split_labels(of, parts, known, margin_px=1).tolist() == [[0, 1, 1, 1, u, u, u, 0, 1, 0]]
    assert split_labels(of, parts, known, margin_px=2).tolist() == [[0, 1, 1, 1, u, u, u, u, 1, 0]]


def test_the_margin_does_not_reach_into_the_landslides_own_part() -> None:
    parts = np.array([[TRAIN] * 3 + [TEST] * 3], np.uint8)
    of = np.array([[0, 1, 1, 1, 0, 0]], np.int32)
    assert split_labels(of, parts, np.ones((1, 6), bool), margin_px=5).tolist() == [
        [0, 1, 1, UNKNOWN, UNKNOWN, UNKNOWN]
    ]


def test_unseen_ground_and_ground_outside_are_unknown() -> None:
    parts = np.array([[TRAIN, TRAIN, OUTSIDE, OUTSIDE]], np.uint8)
    labels = split_labels(
        np.array([[1, 0, 1, 0]], np.int32),
        parts,
        np.array([[False, True, True, True]]),
        margin_px=1,
    )
    assert labels.tolist() == [[UNKNOWN, 0, UNKNOWN, UNKNOWN]]


def test_a_date_without_landslides_has_labels_of_0() -> None:
    assert split_labels(
        np.zeros((2, 2), np.int32),
        np.full((2, 2), TRAIN, np.uint8),
        np.ones((2, 2), bool),
        margin_px=2,
    ).tolist() == [
        [0, 0],
        [0, 0],
    ]


@settings(max_examples=8)
@given(st.integers(0, 10**6), st.integers(0, 3))
def test_each_landslide_has_known_pixels_in_one_part_only(seed: int, margin: int) -> None:
    of = numbers(25, seed)
    parts = split_blocks(block_numbers(GRID.shape, 5), EVERYWHERE, [of], 0.15, 0.3, seed=1)
    labels = split_labels(of, parts, EVERYWHERE, margin)
    homes = home_parts(of, parts, 25)
    for landslide in range(1, 26):
        here = of == landslide
        assert set(np.unique(parts[here & (labels == 1)])) == {homes[landslide - 1]}
        assert not (labels[here] == 0).any()
    # the margin hides only what is near a stray
    assert (labels[of > 0] != 0).all()
    assert ((labels == 0) | (labels == UNKNOWN))[of == 0].all()


def test_thousands_of_blocks_are_assigned_in_seconds() -> None:
    blocks = block_numbers((64, 64), 1)
    inside = np.ones(blocks.shape, bool)
    parts = split_blocks(blocks, inside, [blocks % 7], 0.15, 0.3, seed=1)
    assert shares_of(parts, inside) == pytest.approx(
        {TRAIN: 0.55, VALIDATION: 0.15, TEST: 0.3}, abs=0.01
    )


def test_far_too_many_blocks_are_refused() -> None:
    blocks = block_numbers((150, 150), 1)
    with pytest.raises(ParamsError, match="the area holds 22500 blocks, more than the 20000"):
        split_blocks(blocks, np.ones(blocks.shape, bool), [], 0.15, 0.3, seed=1)
