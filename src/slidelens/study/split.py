"""split."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, VALIDATION
from slidelens.errors import ParamsError
from slidelens.types import Int32, Mask, UInt8


def home_parts(numbers: Int32, parts: UInt8, count: int) -> UInt8:
    """The part that holds most of each landslide.

    numbers: (height, width) landslide number from 1, 0 where there is none
    parts: (height, width) part of each pixel
    Returns (count,) uint8; OUTSIDE for a landslide that covers no pixel centre of the area.
    """
    homes = np.zeros(count, np.uint8)
    known = (numbers > 0) & (parts != OUTSIDE)
    if known.any():
        homes[np.unique(numbers[known]) - 1] = home_of_each(numbers[known], parts[known], TEST + 1)
    return homes


_TRIES = 4000


def split_blocks(
    blocks: Int32, inside: Mask, landslides: list[Int32], validation: float, test: float, seed: int
) -> UInt8:
    """The part of each pixel, such that ground and landslides divide as wished, by number and by area, at every date.

    blocks: (height, width) block numbers
    inside: (height, width) the area that is split; the rest is OUTSIDE
    landslides: for each date (height, width) landslide number from 1, 0 where there is none
    validation, test: wished shares, 0…1
    Returns (height, width) uint8 OUTSIDE, TRAIN, VALIDATION or TEST.
    Raises ParamsError where there are fewer blocks than parts.
    """
    used, compact = np.unique(np.where(inside, blocks, -1), return_inverse=True)
    compact = compact.reshape(blocks.shape) - (used[0] == -1)
    count = len(used) - (used[0] == -1)
    wanted = {VALIDATION: validation, TEST: test}
    parts_wanted = 1 + sum(share > 0 for share in wanted.values())
    if count < parts_wanted:
        raise ParamsError(
            f"the area holds {count} blocks, fewer than the {parts_wanted} parts of the split; make split.block_m smaller"
        )
    measures = _measures(compact, count, inside, landslides)
    parts = _balanced(measures, wanted, np.random.default_rng(seed))
    return np.where(inside, parts[np.where(inside, compact, 0)], OUTSIDE).astype(np.uint8)


def _measures(
    blocks: Int32, count: int, inside: Mask, landslides: list[Int32]
) -> NDArray[np.float64]:
    """(blocks, measures): share of the ground, and of each date's landslides by area and by number, in each block."""
    columns = [np.bincount(blocks[inside], minlength=count).astype(float)]
    for numbers in landslides:
        of_landslide = inside & (numbers > 0)
        columns.append(np.bincount(blocks[of_landslide], minlength=count).astype(float))
        columns.append(
            np.bincount(
                home_of_each(numbers[of_landslide], blocks[of_landslide], count), minlength=count
            ).astype(float)
        )
    return np.stack([column / column.sum() for column in columns if column.sum() > 0], axis=1)


def home_of_each(numbers: Int32, places: NDArray, count: int) -> NDArray[np.int64]:
    """For each landslide the place, 0…count-1, that holds most of its pixels."""
    landslides, compact = np.unique(numbers, return_inverse=True)
    pixels = np.bincount(compact * count + places, minlength=len(landslides) * count)
    return pixels.reshape(len(landslides), count).argmax(axis=1)


def _balanced(
    measures: NDArray[np.float64], wanted: dict[int, float], rng: np.random.Generator
) -> UInt8:
    """The best of many random assignments, then improved by moving single blocks while that helps."""
    tries = [_random_parts(measures[:, 0], wanted, rng) for _ in range(_TRIES)]
    best = min(tries, key=lambda parts: _imbalance(measures, parts, wanted))
    return _improved(measures, best, wanted)


def _random_parts(
    ground: NDArray[np.float64], wanted: dict[int, float], rng: np.random.Generator
) -> UInt8:
    order = rng.permutation(len(ground))
    before = np.cumsum(ground[order]) - ground[order] / 2
    parts = np.full(len(ground), TRAIN, np.uint8)
    parts[order[before < wanted[TEST]]] = TEST
    parts[order[(before >= wanted[TEST]) & (before < wanted[TEST] + wanted[VALIDATION])]] = (
        VALIDATION
    )
    return parts


def _imbalance(measures: NDArray[np.float64], parts: UInt8, wanted: dict[int, float]) -> float:
    """Sum of squared differences between the shares that parts hold and those wished; infinite where a part is empty."""
    if (
        not all((parts == part).any() for part, share in wanted.items() if share > 0)
        or not (parts == TRAIN).any()
    ):
        return float("inf")
    return sum(
        float(((measures[parts == part].sum(axis=0) - share) ** 2).sum())
        for part, share in wanted.items()
    )


def _improved(measures: NDArray[np.float64], parts: UInt8, wanted: dict[int, float]) -> UInt8:
    choices = [part for part, share in {TRAIN: 1.0, **wanted}.items() if share > 0]
    best, score = parts, _imbalance(measures, parts, wanted)
    while True:
        moves = [
            _moved(best, block, part)
            for block in range(len(best))
            for part in choices
            if part != best[block]
        ]
        candidate = min(moves, key=lambda moved: _imbalance(measures, moved, wanted))
        if _imbalance(measures, candidate, wanted) >= score - 1e-12:
            return best
        best, score = candidate, _imbalance(measures, candidate, wanted)


def _moved(parts: UInt8, block: int, part: int) -> UInt8:
    moved = parts.copy()
    moved[block] = part
    return moved
