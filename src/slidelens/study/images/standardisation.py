"""Choose the statistics by which a date's image is standardised."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from slidelens.analysis.radiometry.drift import distance, reference_quantiles
from slidelens.dataset.change_channels import own_channels
from slidelens.dataset.parts import TRAIN
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.dataset.windowed_scene import every_nth, pixels_at
from slidelens.study.images.normalisation import sampling_step
from slidelens.types import Float32, Float64

# Sliced Wasserstein distance, in standard deviations, below which two images have one radiometry.
NEAR = 0.25
_MAX_PIXELS = 40_000  # enough for quantiles to two digits


@dataclass(frozen=True)
class TrainingImage:
    """What the standardisation of the dates needs of an image that is trained on.

    Attributes:
        path: File of the scene.
        statistics: Band statistics of its train blocks.
        tile_px: Side of the tiles of a mosaic; None for an image.
        pixels: (pixels, bands) of its train blocks, a sample; none of a mosaic.
    """

    path: Path
    statistics: BandStatistics
    tile_px: int | None
    pixels: Float64

    @classmethod
    def of(cls, prepared: Prepared, path: Path) -> TrainingImage:
        """Describe prepared data.

        Args:
            prepared: The pretraining data.
            path: File of their scene.
        """
        pixels = np.zeros((0, 0)) if prepared.tile_px else train_pixels(prepared)
        return cls(path, prepared.statistics, prepared.tile_px, pixels)

    def distance(self, prepared: Prepared) -> float:
        """Return the distance of a date's radiometry, infinite from a mosaic."""
        if self.tile_px:
            return math.inf
        return distance(self.pixels, train_pixels(prepared), self._quantiles)

    @cached_property
    def _quantiles(self) -> Float64:
        return reference_quantiles(self.pixels)


def standardised_like(
    prepared: Prepared, images: Sequence[TrainingImage], path: Path, choice: str
) -> Prepared:
    """Return a date with the standardisation that suits what was trained on.

    Args:
        prepared: The date, with the statistics of its own train blocks.
        images: The pretraining images.
        path: File of the date's scene, or of the scene that it was normalised to.
        choice: `study.standardise`: auto, own or training.
    """
    image, alone = _image_like(prepared, images, path, choice), len(images) == 1
    same = image.path == path
    return replace(
        prepared,
        statistics=choose_standardisation(prepared, image, same, choice, alone),
        local_window_px=choose_local_window_px(prepared, image, choice),
    )


def _image_like(
    prepared: Prepared, images: Sequence[TrainingImage], path: Path, choice: str
) -> TrainingImage:
    """Return the image of several whose standardisation a date shares.

    It is the date's own image, or the nearest in radiometry; but a mosaic, if there is one, since
    beside it images are standardised by their surroundings too (`window_beside_mosaics`).
    """
    if len(images) == 1 or choice == "own" or prepared.tile_px:
        return images[0]
    mosaics = [image for image in images if image.tile_px]
    if mosaics and choice == "auto":
        return mosaics[0]
    own = [image for image in images if image.path == path and not image.tile_px]
    distances = [image.distance(prepared) for image in images]
    return own[0] if own else images[int(np.argmin(distances))]


def window_beside_mosaics(tiles_px: Sequence[int | None], choice: str) -> int | None:
    """Return the side of the window by which images are standardised beside mosaics, pixels.

    Tiles of a mosaic are standardised one by one. An image beside one is standardised by windows
    of a tile's size, as every image is that the network maps later.

    Args:
        tiles_px: Side of the tiles of each source; None of an image.
        choice: `study.standardise`: auto, own or training.

    Returns:
        The side; None if there is no mosaic.
    """
    sides = [side for side in tiles_px if side]
    return sides[0] if sides and choice == "auto" else None


def choose_standardisation(
    prepared: Prepared, image: TrainingImage, same_image: bool, choice: str, alone: bool = True
) -> BandStatistics:
    """Return the band statistics by which a date's image is standardised.

    An image with the radiometry of the pretraining image (the same file, or a near one) is
    standardised like it: with statistics of its own, another land cover would look like another
    radiometry. A more distant image is centred on its own means, as haze and season shift them,
    but scaled by the deviations of the pretraining image: they are those of the land, and
    stretching them makes landslides of snow and fields. After several images, which the network
    saw each in its own statistics, it gets statistics of its own.

    Args:
        prepared: the date, with the statistics of its own train blocks.
        image: the pretraining image.
        same_image: whether both are read from one file.
        choice: `study.standardise`: auto, own or training.
        alone: whether it is the only pretraining image.
    """
    own, training = prepared.statistics, image.statistics
    if choice == "own" or prepared.tile_px or image.tile_px:
        return own
    if choice == "training" or same_image or image.distance(prepared) < NEAR:
        return training
    return replace(own, deviation=training.deviation) if alone else own


def choose_local_window_px(prepared: Prepared, image: TrainingImage, choice: str) -> int | None:
    """Return the side of the window by which an image is standardised; None for `statistics`.

    After pretraining on a mosaic, whose tiles are standardised one by one, each pixel of an image
    is standardised by a window of a tile's size.
    """
    return image.tile_px if choice == "auto" and not prepared.tile_px else None


def train_pixels(prepared: Prepared, pixels: Float32 | None = None) -> Float64:
    """Return (pixels, bands) valid pixels of the train blocks, a deterministic sample.

    The channels of the change are left out: they are no radiometry of the image.

    Args:
        prepared: prepared data.
        pixels: (height, width, bands) to take them from; by default those of the scene.
    """
    train = prepared.scene.valid & (prepared.split_map == TRAIN)
    index = every_nth(train, sampling_step(train, _MAX_PIXELS))
    sample = (
        pixels_at(prepared.scene, index)
        if pixels is None
        else pixels.reshape(-1, pixels.shape[2])[index]
    )
    return sample[:, own_channels(prepared.scene.bands)].astype(np.float64)
