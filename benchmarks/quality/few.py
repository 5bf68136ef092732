"""A ground on which an analyst has mapped only a few landslides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from slidelens.dataset.parts import TEST, TRAIN, UNKNOWN, VALIDATION, block_numbers
from slidelens.dataset.prepared import Prepared
from slidelens.geo.rasterise import rasterise_ids
from slidelens.types import Int32, Int64, Mask

VALIDATION_SHARE = 0.25  # validation landslides, as a share of those to learn from


def with_few(prepared: Prepared, landslides: int, block_px: int, seed: int) -> Prepared:
    """Return the ground as if only the first few landslides had been mapped, block after block.

    The analyst maps until there are `landslides` to learn from, and a quarter as many to validate
    with. What was not mapped is UNKNOWN; test blocks stay as they are. Landslides across several
    parts of the split teach nothing and do not count. With the same seed, fewer landslides are the
    first of more.

    Args:
        prepared: A ground with an inventory.
        landslides: Number of landslides to learn from.
        block_px: Side of the split's blocks, pixels.
        seed: Seed of the order of the blocks.
    """
    assert prepared.inventory is not None
    numbers = rasterise_ids(prepared.inventory.geometry, prepared.scene.grid)
    blocks = block_numbers(numbers.shape, block_px)
    rank = np.random.default_rng(seed).permutation(blocks.max() + 1)
    known = prepared.split_map == TEST
    for part, number in (
        (TRAIN, landslides),
        (VALIDATION, max(1, round(landslides * VALIDATION_SHARE))),
    ):
        here = prepared.split_map == part
        known |= here & _mapped(
            np.where(here & (prepared.labels == 1), numbers, 0), rank[blocks], number
        )
    return replace(prepared, labels=np.where(known, prepared.labels, np.uint8(UNKNOWN)))


def _mapped(numbers: Int32, rank: Int64, limit: int) -> Mask:
    """Return the blocks up to that of the last landslide mapped, without landslides beyond it.

    Args:
        numbers: (height, width) landslide from 1; 0 outside landslides.
        rank: (height, width) place of the pixel's block in the order of mapping.
        limit: Number of landslides to map.
    """
    pixels = np.flatnonzero(numbers)
    landslides, first = np.unique(numbers.flat[pixels], return_index=True)
    ranks = rank.flat[pixels[first]]
    order = np.lexsort((landslides, ranks))[:limit]
    beyond = (numbers > 0) & ~np.isin(numbers, landslides[order])
    mapped: Mask = (rank <= ranks[order].max(initial=-1)) & ~beyond
    return mapped
