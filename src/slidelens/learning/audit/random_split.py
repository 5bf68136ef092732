"""Estimate the optimistic F1 of a random split of overlapping patches, a common source of leakage.

Source: Roberts et al. (2017), doi 10.1111/ecog.02881.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from slidelens.dataset.change_channels import ChangeLayout
from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, VALIDATION
from slidelens.dataset.prepared import Prepared
from slidelens.learning.data.tiles import Tiles, score_tiles, validation_tiles
from slidelens.learning.data.training_data import hide_outside
from slidelens.learning.training.fit import fit, mean_output
from slidelens.learning.training.settings import Settings
from slidelens.params.schema import Params, SplitParams
from slidelens.types import Mask

PATCH = 128  # pixels a side, as in the paper


def random_split_f1(
    prepared: Prepared, params: Params, settings: Settings, start: Path
) -> float | None:
    """Fine-tune on random patches and return F1 on others, which overlap them by half.

    Everything but the split is as in fine-tuning the date.

    Args:
        prepared: Prepared data of a date with an inventory.
        params: Architecture, evaluation and split.
        settings: Settings of the fine-tuning.
        start: Weights file to start from.

    Returns:
        F1; None if the held-out patches hold no landslide.
    """
    inside = prepared.split_map != OUTSIDE
    masks = random_patches(inside, params.split, settings.seed)
    pixels, tile_px = prepared.standardised(), prepared.tile_px
    change = ChangeLayout.of(prepared.scene.bands)
    training = hide_outside(pixels, prepared.labels, masks[TRAIN], masks[TRAIN], tile_px, change)

    def tiles(part: int) -> Tiles:
        return validation_tiles(
            hide_outside(pixels, prepared.labels, inside, masks[part], tile_px), tile_px or PATCH
        )

    data = training, tiles(VALIDATION)
    fitted = fit(prepared, params, settings, "random split", start, lambda *_: None, data)
    test_tiles = tiles(TEST)
    probability = fitted.metadata.calibration(
        mean_output(fitted.network, test_tiles, params.evaluate.symmetries)
    )
    choice = params.evaluate.threshold
    threshold = fitted.metadata.threshold if isinstance(choice, str) else choice
    f1 = score_tiles(test_tiles, probability, settings.learning, threshold)["f1"]
    return None if f1 is None else float(f1)


def random_patches(inside: Mask, split: SplitParams, seed: int) -> dict[int, Mask]:
    """Assign overlapping patches, on a grid of half a patch, to the parts at random.

    Args:
        inside: (height, width) pixels of the area.
        split: Shares of validation and test patches.
        seed: Seed of the random assignment.

    Returns:
        (height, width) mask of each part; the masks overlap.
    """
    step = PATCH // 2
    patches = [
        (slice(row, row + PATCH), slice(column, column + PATCH))
        for row in range(0, inside.shape[0], step)
        for column in range(0, inside.shape[1], step)
    ]
    patches = [patch for patch in patches if inside[patch].any()]
    test, validation = (
        max(1, round(share * len(patches))) for share in (split.test, split.validation)
    )
    order = np.random.default_rng(seed).permutation(len(patches))
    chosen = {
        TEST: order[:test],
        VALIDATION: order[test : test + validation],
        TRAIN: order[test + validation :],
    }
    masks = {part: np.zeros_like(inside) for part in chosen}
    for part, numbers in chosen.items():
        for number in numbers:
            masks[part][patches[number]] = inside[patches[number]]
    return masks
