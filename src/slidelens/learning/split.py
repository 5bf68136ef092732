"""Train, validation and test ground: square blocks, each wholly in one part, the same at every date.

Blocks and not random patches: neighbouring pixels are alike, so that a test patch beside a training patch is no test.
Source: Roberts et al. (2017), doi 10.1111/ecog.02881.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from slidelens.errors import ParamsError
from slidelens.params import Split

OUTSIDE, TRAIN, VALIDATION, TEST = 0, 1, 2, 3
PART_NAMES = {OUTSIDE: "outside", TRAIN: "train", VALIDATION: "validation", TEST: "test"}
UNKNOWN = 255

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Indices = NDArray[np.int32]

_TRIES = 4000


def block_px(split: Split, pixel_m: float, tile_px: int | None = None) -> int:
    """The side of a block, pixels; a mosaic's tiles are its blocks."""
    return tile_px or max(1, round(split.block_m / pixel_m))


def block_numbers(shape: tuple[int, int], side: int) -> Indices:
    """(height, width) number of the block of each pixel, row by row. side: of a block, pixels."""
    rows, columns = np.arange(shape[0]) // side, np.arange(shape[1]) // side
    return (rows[:, None] * (columns[-1] + 1) + columns).astype(np.int32)


def split_blocks(blocks: Indices, inside: Mask, landslides: list[Indices], validation: float, test: float, seed: int) -> Bytes:
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
        raise ParamsError(f"the area holds {count} blocks, fewer than the {parts_wanted} parts of the split; make split.block_m smaller")
    measures = _measures(compact, count, inside, landslides)
    parts = _balanced(measures, wanted, np.random.default_rng(seed))
    return np.where(inside, parts[np.where(inside, compact, 0)], OUTSIDE).astype(np.uint8)


def _measures(blocks: Indices, count: int, inside: Mask, landslides: list[Indices]) -> NDArray[np.float64]:
    """(blocks, measures): share of the ground, and of each date's landslides by area and by number, in each block."""
    columns = [np.bincount(blocks[inside], minlength=count).astype(float)]
    for numbers in landslides:
        of_landslide = inside & (numbers > 0)
        columns.append(np.bincount(blocks[of_landslide], minlength=count).astype(float))
        columns.append(np.bincount(_home(numbers[of_landslide], blocks[of_landslide], count), minlength=count).astype(float))
    return np.stack([column / column.sum() for column in columns if column.sum() > 0], axis=1)


def _home(numbers: Indices, places: NDArray, count: int) -> NDArray[np.int64]:
    """For each landslide the place, 0…count-1, that holds most of its pixels."""
    landslides, compact = np.unique(numbers, return_inverse=True)
    pixels = np.bincount(compact * count + places, minlength=len(landslides) * count)
    return pixels.reshape(len(landslides), count).argmax(axis=1)


def _balanced(measures: NDArray[np.float64], wanted: dict[int, float], rng: np.random.Generator) -> Bytes:
    """The best of many random assignments, then improved by moving single blocks while that helps."""
    tries = [_random_parts(measures[:, 0], wanted, rng) for _ in range(_TRIES)]
    best = min(tries, key=lambda parts: _imbalance(measures, parts, wanted))
    return _improved(measures, best, wanted)


def _random_parts(ground: NDArray[np.float64], wanted: dict[int, float], rng: np.random.Generator) -> Bytes:
    order = rng.permutation(len(ground))
    before = np.cumsum(ground[order]) - ground[order] / 2
    parts = np.full(len(ground), TRAIN, np.uint8)
    parts[order[before < wanted[TEST]]] = TEST
    parts[order[(before >= wanted[TEST]) & (before < wanted[TEST] + wanted[VALIDATION])]] = VALIDATION
    return parts


def _imbalance(measures: NDArray[np.float64], parts: Bytes, wanted: dict[int, float]) -> float:
    """Sum of squared differences between the shares that parts hold and those wished; infinite where a part is empty."""
    if not all((parts == part).any() for part, share in wanted.items() if share > 0) or not (parts == TRAIN).any():
        return float("inf")
    return sum(float(((measures[parts == part].sum(axis=0) - share) ** 2).sum()) for part, share in wanted.items())


def _improved(measures: NDArray[np.float64], parts: Bytes, wanted: dict[int, float]) -> Bytes:
    choices = [part for part, share in {TRAIN: 1.0, **wanted}.items() if share > 0]
    best, score = parts, _imbalance(measures, parts, wanted)
    while True:
        moves = [_moved(best, block, part) for block in range(len(best)) for part in choices if part != best[block]]
        candidate = min(moves, key=lambda moved: _imbalance(measures, moved, wanted))
        if _imbalance(measures, candidate, wanted) >= score - 1e-12:
            return best
        best, score = candidate, _imbalance(measures, candidate, wanted)


def _moved(parts: Bytes, block: int, part: int) -> Bytes:
    moved = parts.copy()
    moved[block] = part
    return moved


def home_parts(numbers: Indices, parts: Bytes, count: int) -> Bytes:
    """The part that holds most of each landslide.

    numbers: (height, width) landslide number from 1, 0 where there is none
    parts: (height, width) part of each pixel
    Returns (count,) uint8; OUTSIDE for a landslide that covers no pixel centre of the area.
    """
    homes = np.zeros(count, np.uint8)
    known = (numbers > 0) & (parts != OUTSIDE)
    if known.any():
        homes[np.unique(numbers[known]) - 1] = _home(numbers[known], parts[known], TEST + 1)
    return homes


def split_labels(numbers: Indices, parts: Bytes, known: Mask, margin: int) -> Bytes:
    """Labels in which no landslide lies astride two parts.

    What a landslide has outside the part that holds most of it is UNKNOWN there, with a margin.
    numbers: (height, width) landslide number from 1, 0 where there is none
    parts: (height, width) part of each pixel
    known: (height, width) false where the ground was not seen or not mapped
    margin: pixels
    Returns (height, width) uint8: 0, 1 or UNKNOWN.
    """
    labels = np.where(known & (parts != OUTSIDE), numbers > 0, UNKNOWN).astype(np.uint8)
    homes = np.append(np.uint8(OUTSIDE), home_parts(numbers, parts, int(numbers.max(initial=0))))
    astray = (numbers > 0) & (parts != homes[numbers])
    for part in (TRAIN, VALIDATION, TEST):
        strays = astray & (parts == part)
        near = binary_dilation(strays, iterations=margin) if margin and strays.any() else strays
        labels[near & (parts == part)] = UNKNOWN
    return labels
