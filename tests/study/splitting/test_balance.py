"""The split is balanced: no move of a single block matches the shares better."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from slidelens.dataset.parts import TEST, TRAIN, VALIDATION, block_numbers
from slidelens.geo.rasterise import rasterise_ids
from slidelens.study.splitting.split import split_blocks
from support.studies import area_grid, landslides

GRID = area_grid()


def numbers(count: int, seed: int) -> NDArray[np.int32]:
    return rasterise_ids(landslides(GRID, count, seed), GRID)


def block_shares(
    blocks: NDArray[np.int32], inside: NDArray[np.bool_], dates: list[NDArray[np.int32]]
) -> NDArray[np.float64]:
    """Return each block's share of the area and, by date, of landslides' area and number."""
    used = np.unique(blocks[inside])
    columns = [[float((inside & (blocks == block)).sum()) for block in used]]
    for of in dates:
        pixels = np.array(
            [
                [(inside & (of == one) & (blocks == block)).sum() for block in used]
                for one in np.unique(of[inside & (of > 0)])
            ],
            float,
        )
        homes = pixels.argmax(axis=1)  # the first of the blocks that hold most of a landslide
        columns += [list(pixels.sum(axis=0)), [float((homes == k).sum()) for k in range(len(used))]]
    return np.array([np.array(column) / sum(column) for column in columns]).T


def imbalance(
    measures: NDArray[np.float64], part_of: NDArray[np.uint8], shares: dict[int, float]
) -> float:
    """Return the sum of the squared differences from the shares; infinite with an empty part."""
    needed = [TRAIN, *(part for part, share in shares.items() if share)]
    if not all((part_of == part).any() for part in needed):
        return np.inf
    return sum(
        float(((measures[part_of == part].sum(axis=0) - share) ** 2).sum())
        for part, share in shares.items()
    )


@pytest.mark.parametrize(("validation", "test"), [(0.15, 0.0), (0.15, 0.3), (0.005, 0.3)])
@pytest.mark.parametrize(("side", "seed"), [(12, 0), (12, 1), (12, 2), (40, 0), (48, 1)])
def test_no_move_of_a_block_matches_the_shares_better(
    side: int, seed: int, validation: float, test: float
) -> None:
    inside = np.random.default_rng(seed).random(GRID.shape) < 0.6
    inside[:30, :20] = False
    blocks, dates = block_numbers(GRID.shape, side), [numbers(28, seed), numbers(5, seed + 9)]
    parts = split_blocks(blocks, inside, dates, validation, test, seed)
    used = np.unique(blocks[inside])
    measures, shares = block_shares(blocks, inside, dates), {VALIDATION: validation, TEST: test}
    part_of = np.array([parts[inside & (blocks == block)][0] for block in used])
    reached = imbalance(measures, part_of, shares)
    for place in range(len(used)):
        for part in (TRAIN, VALIDATION, TEST) if test else (TRAIN, VALIDATION):
            moved = part_of.copy()
            moved[place] = part
            assert imbalance(measures, moved, shares) >= reached - 1e-9


def test_training_ground_is_left_where_hardly_any_is_wished() -> None:
    parts = split_blocks(block_numbers((10, 20), 10), np.ones((10, 20), bool), [], 0.95, 0, seed=1)
    assert set(np.unique(parts)) == {TRAIN, VALIDATION}
