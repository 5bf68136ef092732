"""What a careless split would have claimed: overlapping patches parted at random, as is often done, so that test pixels are trained on.

Source of the warning: Roberts et al. (2017), doi 10.1111/ecog.02881.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, VALIDATION
from slidelens.dataset.prepared import Prepared
from slidelens.learning.data.patches import hide_outside
from slidelens.learning.data.tiles import Tiles, score_tiles, validation_tiles
from slidelens.learning.training.fit import fit, mean_output
from slidelens.learning.training.settings import Settings
from slidelens.params.schema import Params, SplitParams
from slidelens.types import Mask

PATCH = 128  # pixels a side, as in the paper


def random_split_f1(
    prepared: Prepared, params: Params, settings: Settings, start: Path
) -> float | None:
    """F1 on randomly drawn patches of a network fine-tuned on other ones, which overlap them by half; all but the split is as it is for a date.

    prepared: a mapped ground; start: weights to begin with
    None where the held-out patches hold no landslide.
    """
    inside = prepared.split_map != OUTSIDE
    masks = random_patches(inside, params.split, settings.seed)
    pixels, tile_px = prepared.standardised(), prepared.tile_px
    ground = hide_outside(pixels, prepared.labels, masks[TRAIN], masks[TRAIN], tile_px)

    def tiles(part: int) -> Tiles:
        return validation_tiles(
            hide_outside(pixels, prepared.labels, inside, masks[part], tile_px), tile_px or PATCH
        )

    fitted = fit(
        prepared, params, settings, "careless", start, lambda *_: None, (ground, tiles(VALIDATION))
    )
    held_out = tiles(TEST)
    probability = fitted.card.calibration(
        mean_output(fitted.network, held_out, params.evaluate.symmetries)
    )
    wanted = params.evaluate.threshold
    f1 = score_tiles(
        held_out,
        probability,
        settings.learning,
        fitted.card.threshold if isinstance(wanted, str) else wanted,
    )["f1"]
    return None if f1 is None else float(f1)


def random_patches(inside: Mask, split: SplitParams, seed: int) -> dict[int, Mask]:
    """Pixels inside the patches of each part: patches on a grid of half a patch, parted at random, so that the parts overlap."""
    step = PATCH // 2
    corners = [
        (row, column)
        for row in range(0, inside.shape[0], step)
        for column in range(0, inside.shape[1], step)
    ]
    places = [(slice(row, row + PATCH), slice(column, column + PATCH)) for row, column in corners]
    places = [place for place in places if inside[place].any()]
    first, second = (max(1, round(share * len(places))) for share in (split.test, split.validation))
    order = np.random.default_rng(seed).permutation(len(places))
    chosen = {
        TEST: order[:first],
        VALIDATION: order[first : first + second],
        TRAIN: order[first + second :],
    }
    masks = {part: np.zeros_like(inside) for part in chosen}
    for part, numbers in chosen.items():
        for number in numbers:
            masks[part][places[number]] = inside[places[number]]
    return masks
