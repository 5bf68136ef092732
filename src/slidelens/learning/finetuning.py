"""Choose the landslides that a date is fine-tuned on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import label

from slidelens.dataset.parts import TRAIN, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import Prepared
from slidelens.geo.rasterise import rasterise_ids
from slidelens.params.schema import Params
from slidelens.types import Int32, UInt8


def keep_landslides(labels: UInt8, numbers: Int32, parts: UInt8, keep: int, seed: int) -> UInt8:
    """Keep the labels of some landslides of the train blocks and set the others to UNKNOWN.

    Selections with one seed are nested: the first 5 are among the first 10. Validation and test
    blocks are not changed. Landslide pixels without a number, of landslides that only reach into
    the area, count as one landslide for each connected patch.

    Args:
        labels: (height, width) 0, 1 or UNKNOWN.
        numbers: (height, width) landslide numbers from 1, 0 outside numbered landslides.
        parts: (height, width) part of each pixel.
        keep: Number of landslides to keep.
        seed: Seed of the random selection.
    """
    learnt = (labels == 1) & (parts == TRAIN)
    reaching, _ = label(learnt & (numbers == 0))
    numbers = np.where(reaching > 0, reaching + numbers.max(initial=0), numbers)
    order = np.random.default_rng(seed).permutation(np.unique(numbers[learnt]))
    return np.where(learnt & ~np.isin(numbers, order[:keep]), np.uint8(UNKNOWN), labels)


def select_landslides(prepared: Prepared, params: Params) -> Prepared:
    """Return prepared data with only `finetune.landslides` landslides in the train blocks."""
    if params.finetune.landslides is None or prepared.inventory is None:
        return prepared
    numbers = rasterise_ids(prepared.inventory.geometry, prepared.scene.grid)
    return replace(
        prepared,
        labels=keep_landslides(
            prepared.labels, numbers, prepared.split_map, params.finetune.landslides, params.seed
        ),
    )


def labelled_share(prepared: Prepared, selected: Prepared) -> float:
    """Return the share of the landslide pixels of the train blocks that a selection keeps.

    Args:
        prepared: Prepared data.
        selected: What `select_landslides` returns of them.
    """
    if selected is prepared:
        return 1.0
    kept, every = (
        int(((each.labels == 1) & (each.split_map == TRAIN)).sum()) for each in (selected, prepared)
    )
    return kept / every if every else 1.0


def nothing_to_learn(prepared: Prepared, params: Params) -> str | None:
    """Return the reason why a date cannot be trained on; None if it can."""
    if params.finetune.epochs == 0:
        return "finetune.epochs is 0"
    if prepared.inventory is None:
        return "there is no inventory"
    if not ((prepared.labels == 1) & (prepared.split_map == TRAIN)).any():
        return "there is no landslide in the train blocks"
    if not ((prepared.labels != UNKNOWN) & (prepared.split_map == VALIDATION)).any():
        return "there is no known ground in the validation blocks"
    return None
