"""Training patches, cut on the fly from a standardised scene: no patch files, no two patches alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from slidelens.dataset.parts import UNKNOWN
from slidelens.errors import ParamsError, SceneError
from slidelens.learning.data.augmentation import jitter, random_matrix
from slidelens.params.schema import LearningParams
from slidelens.types import Float32, Mask, UInt8

Batch = tuple[Float32, UInt8]


@dataclass(frozen=True)
class TrainingData:
    """Standardised ground that a network may see.

    pixels: (height, width, bands) float32, 0 where hidden or not valid
    labels: (height, width) uint8: 0, 1 or UNKNOWN, which is everywhere outside the parts to learn from
    tile_px: side of the tiles of a mosaic, whose neighbours lie elsewhere: no patch reaches across; None for an image
    """

    pixels: Float32
    labels: UInt8
    tile_px: int | None = None


def hide_outside(
    pixels: Float32, labels: UInt8, shown: Mask, learnt: Mask, tile_px: int | None = None
) -> TrainingData:
    """The ground with everything hidden but `shown`, and labels only on `learnt`.

    Hidden pixels look like nodata, so that no test pixel reaches the network, not even as a training patch's surroundings.
    """
    return TrainingData(
        np.where(shown[..., None], pixels, np.float32(0)),
        np.where(learnt & shown, labels, np.uint8(UNKNOWN)),
        tile_px,
    )


def mask_outlines(ground: TrainingData, margin_px: int) -> TrainingData:
    """The ground with labels UNKNOWN within so many pixels (steps along rows and columns) of where landslide and bare ground meet.

    Outlines are drawn and rasterised to about a pixel: what lies on them teaches noise. Only what is learnt from is to go without.
    Raises ParamsError where no landslide pixel is left of those that there were.
    """
    if margin_px == 0:
        return ground
    labels, side = ground.labels.copy(), ground.tile_px or max(ground.labels.shape)
    for row in range(0, labels.shape[0], side):
        for column in range(0, labels.shape[1], side):
            tile = labels[row : row + side, column : column + side]
            landslide, bare = (
                binary_dilation(tile == label, iterations=margin_px) for label in (1, 0)
            )
            tile[landslide & bare] = UNKNOWN
    if (ground.labels == 1).any() and not (labels == 1).any():
        raise ParamsError(
            f"learning.margin_px {margin_px} leaves no landslide pixel on training ground; make it smaller"
        )
    return replace(ground, labels=labels)


def patch_centres(labels: UInt8) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Flat indices of the known pixels, and of those that are landslide. Raises SceneError where there is no landslide."""
    landslide = np.flatnonzero(labels == 1)
    if not len(landslide):
        raise SceneError(
            "there is no landslide on training ground to learn from; map more of them, or make split.block_m smaller"
        )
    return np.flatnonzero(labels != UNKNOWN), landslide


def batches(
    ground: TrainingData, learning: LearningParams, batch_size: int, seed: int
) -> Iterator[Batch]:
    """Endless batches of augmented patches: (batch, patch, patch, bands) float32 and (batch, patch, patch, 1) uint8.

    A share `landslide_share` is centred on a random landslide pixel, the others on a random known pixel.
    """
    known, landslide = patch_centres(ground.labels)
    rng = np.random.default_rng(seed)
    while True:
        cuts = [_random_patch(ground, known, landslide, learning, rng) for _ in range(batch_size)]
        yield (
            np.stack([pixels for pixels, _ in cuts]),
            np.stack([labels for _, labels in cuts])[..., None],
        )


def _random_patch(
    ground: TrainingData,
    known: NDArray,
    landslide: NDArray,
    learning: LearningParams,
    rng: np.random.Generator,
) -> Batch:
    centres = landslide if rng.random() < learning.landslide_share else known
    centre = np.array(np.unravel_index(centres[rng.integers(len(centres))], ground.labels.shape))
    # The landslide may lie anywhere in the patch, or the network learns that the middle is special.
    off_centre = rng.uniform(-0.4, 0.4, 2) * learning.patch
    ground, centre = (
        (ground, centre + off_centre)
        if ground.tile_px is None
        else _within_tile(ground, centre, off_centre, learning.patch)
    )
    pixels, labels = cut_patch(ground, centre, random_matrix(rng, learning), learning.patch)
    return jitter(pixels, rng, learning), labels


def _within_tile(
    ground: TrainingData, pixel: NDArray, off_centre: NDArray, side: int
) -> tuple[TrainingData, NDArray]:
    """The tile that holds a pixel as a ground of its own, and the centre of a patch in it that shows no more outside than it must."""
    assert ground.tile_px is not None
    first, nearest = pixel // ground.tile_px * ground.tile_px, min(side, ground.tile_px) / 2 - 0.5
    rows, columns = (slice(start, start + ground.tile_px) for start in first)
    centre = np.clip(pixel - first + off_centre, nearest, ground.tile_px - 1 - nearest)
    return TrainingData(ground.pixels[rows, columns], ground.labels[rows, columns]), centre


def cut_patch(
    ground: TrainingData, centre: NDArray, matrix: NDArray[np.float64], side: int
) -> Batch:
    """The patch around `centre` (row, column), its offsets mapped by `matrix`.

    Image pixels are bilinear, 0 where a neighbour is hidden or outside; labels are the nearest, UNKNOWN where the image is 0.
    Returns (side, side, bands) float32 and (side, side) uint8.
    """
    offsets = np.indices((side, side)).reshape(2, -1) - (side - 1) / 2
    places = matrix @ offsets + np.asarray(centre, float)[:, None]
    pixels = _bilinear(ground.pixels, places).reshape(side, side, -1)
    labels = _nearest(ground.labels, places).reshape(side, side)
    return pixels, np.where((pixels != 0).any(axis=-1), labels, np.uint8(UNKNOWN))


def _bilinear(pixels: Float32, places: NDArray[np.float64]) -> Float32:
    (height, width), corner = pixels.shape[:2], np.floor(places).astype(np.int64)
    share = (places - corner).astype(np.float32)
    inside = (corner >= 0).all(axis=0) & (corner[0] < height - 1) & (corner[1] < width - 1)
    row, column = np.where(inside, corner, 0)
    flat, start = pixels.reshape(-1, pixels.shape[2]), row * width + column
    total, seen = np.zeros((len(start), pixels.shape[2]), np.float32), inside
    for step, weight in (
        (0, (1 - share[0]) * (1 - share[1])),
        (1, (1 - share[0]) * share[1]),
        (width, share[0] * (1 - share[1])),
        (width + 1, share[0] * share[1]),
    ):
        values = flat[np.minimum(start + step, len(flat) - 1)]
        seen = seen & ((weight == 0) | (values != 0).any(axis=1))
        total += weight[:, None] * values
    return np.where(seen[:, None], total, np.float32(0))


def _nearest(labels: UInt8, places: NDArray[np.float64]) -> UInt8:
    row, column = np.rint(places).astype(np.int64)
    inside = (row >= 0) & (column >= 0) & (row < labels.shape[0]) & (column < labels.shape[1])
    return np.where(
        inside, labels[np.where(inside, row, 0), np.where(inside, column, 0)], np.uint8(UNKNOWN)
    )
