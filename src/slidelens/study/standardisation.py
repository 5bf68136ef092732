"""Choose the statistics by which a date's image is standardised."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from slidelens.analysis.radiometry.drift import distance
from slidelens.dataset.parts import TRAIN
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.dataset.windowed_scene import every_nth, pixels_at
from slidelens.study.normalisation import sampling_step
from slidelens.types import Float32, Float64

# Sliced Wasserstein distance, in standard deviations, below which two images have one radiometry.
NEAR = 0.25
_MAX_PIXELS = 40_000  # enough for quantiles to two digits


def choose_standardisation(
    prepared: Prepared, pretrain: Prepared, same_image: bool, choice: str
) -> BandStatistics:
    """Return the band statistics by which a date's image is standardised.

    An image with the radiometry of the pretraining image (the same file, or a near one) is
    standardised like it: with statistics of its own, another land cover would look like another
    radiometry. A more distant image is centred on its own means, as haze and season shift them,
    but scaled by the deviations of the pretraining image: they are those of the land, and
    stretching them makes landslides of snow and fields.

    Args:
        prepared: the date, with the statistics of its own train blocks.
        pretrain: the pretraining data.
        same_image: whether both are read from one file.
        choice: `study.standardise`: auto, own or training.
    """
    own, training = prepared.statistics, pretrain.statistics
    if choice == "own" or prepared.tile_px or pretrain.tile_px:
        return own
    if (
        choice == "training"
        or same_image
        or distance(train_pixels(pretrain), train_pixels(prepared)) < NEAR
    ):
        return training
    return replace(own, deviation=training.deviation)


def choose_local_window_px(prepared: Prepared, pretrain: Prepared, choice: str) -> int | None:
    """Return the side of the window by which an image is standardised; None for `statistics`.

    After pretraining on a mosaic, whose tiles are standardised one by one, each pixel of an image
    is standardised by a window of a tile's size.
    """
    return pretrain.tile_px if choice == "auto" and not prepared.tile_px else None


def train_pixels(prepared: Prepared, pixels: Float32 | None = None) -> Float64:
    """Return (pixels, bands) valid pixels of the train blocks, a deterministic sample.

    Args:
        prepared: prepared data.
        pixels: (height, width, bands) to take them from; by default those of the scene.
    """
    train = prepared.scene.valid & (prepared.split_map == TRAIN)
    index = every_nth(train, sampling_step(train, _MAX_PIXELS))
    if pixels is None:
        return pixels_at(prepared.scene, index).astype(np.float64)
    return pixels.reshape(-1, pixels.shape[2])[index].astype(np.float64)
