"""What a careless split would have claimed: overlapping patches parted at random, as is often done, so that test pixels are trained on.

Source of the warning: Roberts et al. (2017), doi 10.1111/ecog.02881.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from slidelens.geo.prepared import Prepared
from slidelens.learning.calibration import best_threshold
from slidelens.learning.ensemble import build_members, members_of
from slidelens.learning.freezing import freeze
from slidelens.learning.patches import visible
from slidelens.learning.split import OUTSIDE, Mask
from slidelens.learning.training import Settings, predict_tiles, predictor, score_tiles, train, validation_tiles
from slidelens.learning.weights import load_into, read_card
from slidelens.params import Params

PATCH = 128  # pixels a side, as in the paper


def careless_f1(prepared: Prepared, params: Params, settings: Settings, start: Path, test: float) -> float | None:
    """F1 on randomly drawn patches of a network fine-tuned on the other ones, which overlap them by half.

    prepared: a mapped ground; start: weights to begin with, of which the first member goes on alone; test: share of the patches held out
    None where the held-out patches hold no landslide.
    """
    import keras

    keras.utils.set_random_seed(settings.seed)
    trained, held_out = random_patches(prepared.parts != OUTSIDE, test, settings.seed)
    pixels, labels = prepared.standardised(), prepared.labels
    inside = prepared.parts != OUTSIDE
    started = build_members(params.model, params.filters, pixels.shape[2], read_card(start).members)
    load_into(started, start)
    network = members_of(started)[0]
    freeze(network, settings.freeze)
    tile_px = prepared.tile_px
    tiles = validation_tiles(visible(pixels, labels, inside, held_out & inside, tile_px), tile_px or PATCH)
    ground = visible(pixels, labels, trained & inside, trained & inside, tile_px)
    train(network, ground, tiles, settings, "careless", lambda *_: None, tuning=True)
    probabilities = predict_tiles(predictor(network), tiles)
    f1 = score_tiles(tiles, probabilities, settings.learning, best_threshold(probabilities, tiles.labels))["f1"]
    return None if f1 is None else float(f1)


def random_patches(inside: Mask, test: float, seed: int) -> tuple[Mask, Mask]:
    """Pixels of the patches to train on and of those held out: patches on a grid of half a patch, parted at random; both overlap."""
    rng, step = np.random.default_rng(seed), PATCH // 2
    trained, held_out = np.zeros_like(inside), np.zeros_like(inside)
    for row in range(0, inside.shape[0], step):
        for column in range(0, inside.shape[1], step):
            (held_out if rng.random() < test else trained)[row : row + PATCH, column : column + PATCH] = True
    return trained, held_out
