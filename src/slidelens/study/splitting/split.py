"""Split the area into blocks of training, validation and test ground."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, VALIDATION
from slidelens.errors import ParamsError
from slidelens.escaping import counted
from slidelens.geo.windowed import strips
from slidelens.types import Float64, Int32, Int64, Mask, UInt8

_TRIES = 4000  # random assignments, of which the best is improved
_AT_ONCE = 10**6  # blocks of random assignments that are held at once
_MOST_BLOCKS = 20_000  # beyond which the search would take hours
_MOST_COMPARED = 5000  # blocks whose equally good moves are compared to the last digit
_CLOSE = 1e-9  # difference of two imbalances that rounding may hide


def home_parts(numbers: Int32, parts: UInt8, count: int) -> UInt8:
    """Return the part that holds most of each landslide.

    Args:
        numbers: (height, width) landslide numbers from 1, 0 outside landslides.
        parts: (height, width) part of each pixel.
        count: number of landslides.

    Returns:
        (count,) parts; OUTSIDE for a landslide that covers no pixel centre of the area.
    """
    homes = np.zeros(count, np.uint8)
    known = (numbers > 0) & (parts != OUTSIDE)
    if known.any():
        homes[np.unique(numbers[known]) - 1] = home_of_each(numbers[known], parts[known], TEST + 1)
    return homes


def split_blocks(
    blocks: Int32,
    inside: Mask,
    landslides: Sequence[Int32],
    validation: float,
    test: float,
    seed: int,
) -> UInt8:
    """Return the part of each pixel, balanced at every date.

    A search assigns blocks so that area, number of landslides and area of landslides match the
    requested shares; each part with a share has a block. One seed gives one split.

    Args:
        blocks: (height, width) block numbers.
        inside: (height, width) mask of the area to split; the rest is OUTSIDE.
        landslides: for each date, (height, width) landslide numbers from 1, 0 outside landslides.
        validation: share of the validation blocks, 0 to 1.
        test: share of the test blocks, 0 to 1.
        seed: of the search.

    Returns:
        (height, width) OUTSIDE, TRAIN, VALIDATION or TEST.

    Raises:
        ParamsError: There are fewer blocks than parts.
    """
    pixels = np.zeros(int(blocks.max()) + 1, np.int64)  # of the area in each block
    for part in strips(blocks.shape):
        pixels += np.bincount(blocks[part][inside[part]], minlength=len(pixels))
    used = np.flatnonzero(pixels)
    count = len(used)
    shares = {VALIDATION: validation, TEST: test}
    if count > _MOST_BLOCKS:
        raise ParamsError(
            f"the area holds {count} blocks, more than the {_MOST_BLOCKS} that can be assigned; "
            "make split.block_m larger, or null to have it chosen"
        )
    part_count = 1 + sum(share > 0 for share in shares.values())
    if count < part_count:
        raise ParamsError(
            f"the area holds {counted(count, 'block')}, fewer than the {part_count} parts of the"
            " split; make split.block_m smaller, or null to have it chosen"
        )
    columns = [pixels[used].astype(float)]
    for date in range(len(landslides)):  # one at a time, if they are rasterised when read
        columns += _landslide_columns(landslides[date], blocks, inside, used)
    measures = np.stack([column / column.sum() for column in columns if column.sum() > 0], axis=1)
    part_of = np.zeros(len(pixels), np.uint8)
    part_of[used] = _balanced(measures, shares, np.random.default_rng(seed))
    parts = np.full(blocks.shape, OUTSIDE, np.uint8)
    for strip in strips(blocks.shape):
        parts[strip] = np.where(inside[strip], part_of[blocks[strip]], np.uint8(OUTSIDE))
    return parts


def _landslide_columns(numbers: Int32, blocks: Int32, inside: Mask, used: Int64) -> list[Float64]:
    """Return area and number of the landslides of a date in each block that is used."""
    of_landslide = inside & (numbers > 0)
    compact = np.searchsorted(used, blocks[of_landslide])
    homes = home_of_each(numbers[of_landslide], compact, len(used))
    return [np.bincount(one, minlength=len(used)).astype(float) for one in (compact, homes)]


def home_of_each(numbers: Int32, places: Int32 | Int64 | UInt8, count: int) -> Int64:
    """Return for each landslide the place, 0…count-1, that holds most of its pixels."""
    landslides, compact = np.unique(numbers, return_inverse=True)
    pairs, pixels = np.unique(compact * count + places, return_counts=True)
    # The most pixels last; of as many, the first place.
    order = np.lexsort((-pairs, pixels, pairs // count))
    last = np.flatnonzero(np.diff(pairs[order] // count, append=len(landslides)))
    homes: Int64 = pairs[order[last]] % count
    return homes


def _balanced(measures: Float64, shares: dict[int, float], rng: np.random.Generator) -> UInt8:
    """Return the best of many random assignments, improved by moving single blocks."""
    at_once = max(1, _AT_ONCE // len(measures))
    close: list[UInt8] = []  # those which are the best but for rounding
    least = np.inf
    for first in range(0, _TRIES, at_once):
        tries = _random_parts(measures[:, 0], shares, rng, min(at_once, _TRIES - first))
        imbalances = _imbalances(measures, tries, shares)
        if imbalances.min() < least - _CLOSE:
            close = []
        least = min(least, float(imbalances.min()))
        close += list(tries[imbalances <= least + _CLOSE])
    best = min(close, key=lambda parts: _imbalance(measures, parts, shares))
    improved = _improved(measures, best, shares)
    if np.isfinite(_imbalance(measures, improved, shares)):
        return improved
    return _improved(measures, _filled(measures, improved, shares), shares)


def _filled(measures: Float64, parts: UInt8, shares: dict[int, float]) -> UInt8:
    """Give a block to each empty part, from the parts with several blocks.

    There are at least as many blocks as parts.
    """
    for part in _choices(shares):
        if not (parts == part).any():
            block, _ = _best_moves(measures, parts, shares, [part])[0]
            parts = _moved(parts, block, part)
    return parts


def _random_parts(
    ground: Float64, shares: dict[int, float], rng: np.random.Generator, count: int
) -> UInt8:
    """Return (count, blocks) random assignments whose areas are about those of the shares."""
    order = np.stack([rng.permutation(len(ground)) for _ in range(count)])
    before = np.cumsum(ground[order], axis=1) - ground[order] / 2
    of_ordered = np.full(order.shape, TRAIN, np.uint8)
    of_ordered[before < shares[TEST] + shares[VALIDATION]] = VALIDATION
    of_ordered[before < shares[TEST]] = TEST
    parts = np.empty_like(of_ordered)
    np.put_along_axis(parts, order, of_ordered, axis=1)
    return parts


def _imbalances(measures: Float64, tries: UInt8, shares: dict[int, float]) -> Float64:
    """Return `_imbalance` of each of (count, blocks) assignments, but for rounding."""
    total = np.zeros(len(tries))
    is_empty = ~(tries == TRAIN).any(axis=1)
    for part, share in shares.items():
        members = tries == part
        total += ((members.astype(float) @ measures - share) ** 2).sum(axis=1)
        if share > 0:
            is_empty |= ~members.any(axis=1)
    return np.where(is_empty, np.inf, total)


def _imbalance(measures: Float64, parts: UInt8, shares: dict[int, float]) -> float:
    """Return the sum of squared differences between actual and requested shares.

    It is infinite if a part is empty.
    """
    if (
        not all((parts == part).any() for part, share in shares.items() if share > 0)
        or not (parts == TRAIN).any()
    ):
        return float("inf")
    return sum(
        float(((measures[parts == part].sum(axis=0) - share) ** 2).sum())
        for part, share in shares.items()
    )


def _improved(measures: Float64, parts: UInt8, shares: dict[int, float]) -> UInt8:
    choices = _choices(shares)
    best, score = parts, _imbalance(measures, parts, shares)
    while True:
        moves = [
            _moved(best, block, part)
            for block, part in _best_moves(measures, best, shares, choices)
        ]
        candidate = min(moves, key=lambda moved: _imbalance(measures, moved, shares))
        if _imbalance(measures, candidate, shares) >= score - 1e-12:
            return best
        best, score = candidate, _imbalance(measures, candidate, shares)


def _choices(shares: dict[int, float]) -> list[int]:
    """Return the parts that must have blocks."""
    return [part for part, share in {TRAIN: 1.0, **shares}.items() if share > 0]


def _best_moves(
    measures: Float64, parts: UInt8, shares: dict[int, float], choices: list[int]
) -> list[tuple[int, int]]:
    """Return the moves (block, part) whose imbalance is the least, or differs by rounding only."""
    excess = {
        part: measures[parts == part].sum(axis=0) - share
        for part, share in shares.items()
        if share > 0
    }
    gained, lost = np.zeros((2, len(parts), len(choices)))
    for part, over in excess.items():
        if part in choices:
            column = choices.index(part)
            gained[:, column] = (2 * over * measures + measures**2).sum(axis=1)
        left = (-2 * over * measures + measures**2).sum(axis=1)
        lost[parts == part] = left[parts == part, None]
    changes = gained + lost
    changes[parts[:, None] == np.array(choices)] = np.inf
    alone = [part for part in _choices(shares) if (parts == part).sum() == 1]
    changes[np.isin(parts, alone)] = np.inf  # which would leave the part empty
    order = np.argwhere(changes <= changes.min() + _CLOSE)
    if len(parts) > _MOST_COMPARED:
        order = order[:1]
    return [(int(block), choices[column]) for block, column in order]


def _moved(parts: UInt8, block: int, part: int) -> UInt8:
    moved = parts.copy()
    moved[block] = part
    return moved
