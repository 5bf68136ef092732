"""Ground on which an analyst has mapped no more than a few landslides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from slidelens.dataset.parts import TEST, TRAIN, UNKNOWN, VALIDATION, block_numbers
from slidelens.dataset.prepared import Prepared
from slidelens.geo.rasterise import rasterise_ids

VALIDATED = 0.25  # landslides to choose by, as a share of those to learn from


def with_few(prepared: Prepared, landslides: int, block_px: int, seed: int) -> Prepared:
    """The ground as if block after block had been mapped until so many landslides were drawn to learn from, and a quarter as many to choose by.

    What was not mapped is UNKNOWN; test blocks stay as they are. Landslides astride parts teach nothing and do not count. Fewer
    landslides are the first of more, at the same seed.
    """
    assert prepared.inventory is not None
    numbers = rasterise_ids(prepared.inventory.geometry, prepared.scene.grid)
    blocks = block_numbers(numbers.shape, block_px)
    rank = np.random.default_rng(seed).permutation(blocks.max() + 1)
    known = prepared.split_map == TEST
    for part, wanted in ((TRAIN, landslides), (VALIDATION, max(1, round(landslides * VALIDATED)))):
        here = prepared.split_map == part
        known |= here & _mapped(
            np.where(here & (prepared.labels == 1), numbers, 0), rank[blocks], wanted
        )
    return replace(prepared, labels=np.where(known, prepared.labels, np.uint8(UNKNOWN)))


def _mapped(numbers: NDArray[np.int32], rank: NDArray[np.int64], wanted: int) -> NDArray[np.bool_]:
    """(height, width) the ground of the blocks up to that of the last landslide wanted, without the landslides beyond it.

    numbers: (height, width) landslide from 1, 0 where there is none; rank: (height, width) when a pixel's block is mapped
    """
    there = np.flatnonzero(numbers)
    landslides, first = np.unique(numbers.flat[there], return_index=True)
    ranks = rank.flat[there[first]]
    order = np.lexsort((landslides, ranks))[:wanted]
    beyond = (numbers > 0) & ~np.isin(numbers, landslides[order])
    return (rank <= ranks[order].max(initial=-1)) & ~beyond
