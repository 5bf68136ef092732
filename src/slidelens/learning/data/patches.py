"""Training patches, cut on the fly from a standardised scene; no two of them are alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import binary_dilation

from slidelens.dataset.parts import UNKNOWN
from slidelens.dataset.prepared import Prepared
from slidelens.errors import ParamsError, SceneError
from slidelens.learning.data.augmentation import jitter, random_matrix
from slidelens.learning.data.pixels import KnownPixels, PixelSource, read_pixels, visible_pixels
from slidelens.params.schema import LearningParams
from slidelens.types import Float32, Float64, Int64, Mask, UInt8

Batch = tuple[Float32, UInt8]


@dataclass(frozen=True)
class TrainingData:
    """Standardised pixels and labels that a network may see.

    Attributes:
        pixels: (height, width, bands), 0 where hidden or nodata, or the source of such pixels.
        labels: (height, width) 0, 1 or UNKNOWN, as everywhere outside the blocks to learn from.
        tile_px: Side of the tiles of a mosaic, whose neighbours lie elsewhere, so that no patch
            crosses them; None for an image.
    """

    pixels: Float32 | PixelSource
    labels: UInt8
    tile_px: int | None = None


def hide_outside(
    pixels: Float32, labels: UInt8, visible: Mask, labelled: Mask, tile_px: int | None = None
) -> TrainingData:
    """Hide all pixels outside one mask, and all labels outside another.

    Hidden pixels look like nodata, so that no test pixel reaches the network, not even next to a
    training block.

    Args:
        pixels: (height, width, bands) standardised.
        labels: (height, width) 0, 1 or UNKNOWN.
        visible: (height, width) pixels that may be seen.
        labelled: (height, width) pixels whose labels may be seen.
        tile_px: Side of the tiles of a mosaic; None for an image.
    """
    return TrainingData(
        np.where(visible[..., None], pixels, np.float32(0)),
        np.where(labelled & visible, labels, np.uint8(UNKNOWN)),
        tile_px,
    )


def training_data(prepared: Prepared, visible: Mask, labelled: Mask) -> TrainingData:
    """Return what `hide_outside` returns of prepared data.

    Args:
        prepared: Prepared data; hidden pixels do not count as surroundings.
        visible: (height, width) pixels that may be seen.
        labelled: (height, width) pixels whose labels may be seen.
    """
    labels = np.where(labelled & visible, prepared.labels, np.uint8(UNKNOWN))
    return TrainingData(visible_pixels(prepared, visible), labels, prepared.tile_px)


def mask_outlines(data: TrainingData, margin_px: int) -> TrainingData:
    """Set labels to UNKNOWN near the outlines between landslide and background.

    Outlines are accurate to about a pixel only. Use it for training data, not for validation.

    Args:
        data: Training data.
        margin_px: Width on either side of an outline, pixels, in steps along rows and columns.

    Raises:
        ParamsError: No landslide pixel is left of those that there were.
    """
    if margin_px == 0:
        return data
    labels, side = data.labels.copy(), data.tile_px or max(data.labels.shape)
    for row in range(0, labels.shape[0], side):
        for column in range(0, labels.shape[1], side):
            tile = labels[row : row + side, column : column + side]
            landslide, background = (
                binary_dilation(tile == label, iterations=margin_px) for label in (1, 0)
            )
            tile[landslide & background] = UNKNOWN
    if (data.labels == 1).any() and not (labels == 1).any():
        raise ParamsError(
            f"learning.margin_px {margin_px} leaves no landslide pixel in the training blocks; "
            "make it smaller"
        )
    return replace(data, labels=labels)


def patch_centres(labels: UInt8) -> tuple[KnownPixels, Int64]:
    """Return the flat indices of the known pixels, and of the landslide pixels.

    Raises:
        SceneError: No pixel is landslide.
    """
    landslide = np.flatnonzero(labels == 1)
    if not len(landslide):
        raise SceneError(
            "no landslide pixels in the training blocks; add landslides or reduce split.block_m"
        )
    return KnownPixels(labels, UNKNOWN), landslide


def batches(
    data: TrainingData, learning: LearningParams, batch_size: int, seed: int
) -> Iterator[Batch]:
    """Yield batches of augmented patches without end.

    A share `learning.landslide_share` of the patches is centred near a random landslide pixel, the
    others near a random known pixel.

    Args:
        data: Data to cut patches from.
        learning: Patch size and augmentation.
        batch_size: Patches in a batch.
        seed: Seed of all random draws.

    Yields:
        (batch, patch, patch, bands) float32 pixels and (batch, patch, patch, 1) uint8 labels.
    """
    known, landslide = patch_centres(data.labels)
    rng = np.random.default_rng(seed)
    while True:
        patches = [_random_patch(data, known, landslide, learning, rng) for _ in range(batch_size)]
        yield (
            np.stack([pixels for pixels, _ in patches]),
            np.stack([labels for _, labels in patches])[..., None],
        )


def _random_patch(
    data: TrainingData,
    known: KnownPixels,
    landslide: Int64,
    learning: LearningParams,
    rng: np.random.Generator,
) -> Batch:
    pool = landslide if rng.random() < learning.landslide_share else known
    pixel = np.array(np.unravel_index(pool[int(rng.integers(len(pool)))], data.labels.shape))
    # Off-centre, or the network learns that landslides lie in the middle of a patch.
    offset = rng.uniform(-0.4, 0.4, 2) * learning.patch
    data, centre = (
        (data, pixel + offset)
        if data.tile_px is None
        else _within_tile(data, pixel, offset, learning.patch)
    )
    pixels, labels = cut_patch(data, centre, random_matrix(rng, learning), learning.patch)
    return jitter(pixels, rng, learning), labels


def _within_tile(
    data: TrainingData, pixel: Int64, offset: Float64, side: int
) -> tuple[TrainingData, Float64]:
    """Return the tile that holds a pixel, and the centre of a patch as far inside it as it fits."""
    assert data.tile_px is not None
    corner, nearest = pixel // data.tile_px * data.tile_px, min(side, data.tile_px) / 2 - 0.5
    rows, columns = (slice(start, start + data.tile_px) for start in corner)
    centre = np.clip(pixel - corner + offset, nearest, data.tile_px - 1 - nearest)
    pixels = read_pixels(data.pixels, (rows, columns))
    return TrainingData(pixels, data.labels[rows, columns]), centre


def cut_patch(data: TrainingData, centre: Float64, matrix: Float64, side: int) -> Batch:
    """Cut a patch, mapped to the scene by an affine map.

    Pixels are interpolated bilinearly, 0 if a neighbour is hidden or outside the scene. Labels are
    the nearest ones, UNKNOWN where the pixel is 0.

    Args:
        data: Data to cut the patch from.
        centre: (row, column) in the scene, pixels.
        matrix: (2, 2), from (row, column) offsets in the patch to offsets in the scene.
        side: Side of the patch, pixels.

    Returns:
        (side, side, bands) float32 pixels and (side, side) uint8 labels.
    """
    offsets = np.indices((side, side)).reshape(2, -1) - (side - 1) / 2
    positions = matrix @ offsets + np.asarray(centre, float)[:, None]
    pixels = _interpolate(data.pixels, positions).reshape(side, side, -1)
    labels = _nearest(data.labels, positions).reshape(side, side)
    return pixels, np.where((pixels != 0).any(axis=-1), labels, np.uint8(UNKNOWN))


def _interpolate(pixels: Float32 | PixelSource, positions: Float64) -> Float32:
    """Interpolate (height, width, bands) pixels bilinearly at (2, n) positions, to (n, bands)."""
    (height, width), corner = pixels.shape[:2], np.floor(positions).astype(np.int64)
    fraction = (positions - corner).astype(np.float32)
    inside = (corner >= 0).all(axis=0) & (corner[0] < height - 1) & (corner[1] < width - 1)
    if not inside.any():
        return np.zeros((len(inside), pixels.shape[2]), np.float32)
    first = corner[:, inside].min(axis=1)
    last = corner[:, inside].max(axis=1) + 2
    part = read_pixels(
        pixels, (slice(int(first[0]), int(last[0])), slice(int(first[1]), int(last[1])))
    )
    row, column = np.where(inside, corner - first[:, None], 0)
    width = part.shape[1]
    flat, start = part.reshape(-1, part.shape[2]), row * width + column
    total, visible = np.zeros((len(start), part.shape[2]), np.float32), inside
    for step, weight in (
        (0, (1 - fraction[0]) * (1 - fraction[1])),
        (1, (1 - fraction[0]) * fraction[1]),
        (width, fraction[0] * (1 - fraction[1])),
        (width + 1, fraction[0] * fraction[1]),
    ):
        values = flat[np.minimum(start + step, len(flat) - 1)]
        visible = visible & ((weight == 0) | (values != 0).any(axis=1))
        total += weight[:, None] * values
    return np.where(visible[:, None], total, np.float32(0))


def _nearest(labels: UInt8, positions: Float64) -> UInt8:
    """Return the (n,) labels nearest to (2, n) positions, UNKNOWN outside the scene."""
    row, column = np.rint(positions).astype(np.int64)
    inside = (row >= 0) & (column >= 0) & (row < labels.shape[0]) & (column < labels.shape[1])
    return np.where(
        inside, labels[np.where(inside, row, 0), np.where(inside, column, 0)], np.uint8(UNKNOWN)
    )
