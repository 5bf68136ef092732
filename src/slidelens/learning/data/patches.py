"""Training patches, cut on the fly from a standardised scene; no two of them are alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from slidelens.dataset.parts import UNKNOWN
from slidelens.errors import SceneError
from slidelens.learning.data.augmentation import jitter, jitter_with_change, random_matrix
from slidelens.learning.data.pixels import KnownPixels, PixelSource, read_pixels
from slidelens.learning.data.training_data import Mixture, TrainingData
from slidelens.params.schema import LearningParams
from slidelens.types import Float32, Float64, Int64, UInt8

Batch = tuple[Float32, UInt8]


@dataclass(frozen=True)
class PatchPool:
    """Training data, and the pixels that patches are centred near.

    Attributes:
        data: Data to cut patches from.
        known: Flat indices of the known pixels.
        landslide: Flat indices of the landslide pixels.
    """

    data: TrainingData
    known: KnownPixels
    landslide: Int64


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


def patch_pools(data: TrainingData | Mixture) -> list[PatchPool]:
    """Return where patches are drawn from, for each source.

    Raises:
        SceneError: No pixel is landslide, or a source has no known pixel.
    """
    if isinstance(data, TrainingData):
        return [PatchPool(data, *patch_centres(data.labels))]
    pools = [
        PatchPool(source, KnownPixels(source.labels, UNKNOWN), np.flatnonzero(source.labels == 1))
        for source in data.sources
    ]
    for name, pool in zip(data.names, pools, strict=True):
        if not len(pool.known):
            raise SceneError(
                f"{name} has no known pixel in its training blocks; map more of it, or take it out"
            )
    if not any(len(pool.landslide) for pool in pools):
        raise SceneError("no source has a landslide pixel in its training blocks; add landslides")
    return pools


def batches(
    data: TrainingData | Mixture, learning: LearningParams, batch_size: int, seed: int
) -> Iterator[Batch]:
    """Yield batches of augmented patches without end.

    Of several sources each patch is drawn from one by its weight. A share
    `learning.landslide_share` of the patches is centred near a random landslide pixel, the others,
    and all of a source without landslides, near a random known pixel.

    Args:
        data: Data to cut patches from.
        learning: Patch size and augmentation.
        batch_size: Patches in a batch.
        seed: Seed of all random draws.

    Yields:
        (batch, patch, patch, bands) float32 pixels and (batch, patch, patch, 1) uint8 labels.
    """
    pools = patch_pools(data)
    ends = data.shares.cumsum()[:-1] if isinstance(data, Mixture) else np.zeros(0)
    rng, change_rng = np.random.default_rng(seed), np.random.default_rng((seed, 1))
    while True:
        patches = [
            _random_patch(_draw_pool(pools, ends, rng), learning, rng, change_rng)
            for _ in range(batch_size)
        ]
        yield (
            np.stack([pixels for pixels, _ in patches]),
            np.stack([labels for _, labels in patches])[..., None],
        )


def _draw_pool(pools: list[PatchPool], ends: Float64, rng: np.random.Generator) -> PatchPool:
    """Draw a source; the only one without a random number."""
    return pools[int(np.searchsorted(ends, rng.random(), "right")) if len(pools) > 1 else 0]


def _random_patch(
    pool: PatchPool,
    learning: LearningParams,
    rng: np.random.Generator,
    change_rng: np.random.Generator,
) -> Batch:
    data, near_landslide = pool.data, rng.random() < learning.landslide_share
    pixels = pool.landslide if near_landslide and len(pool.landslide) else pool.known
    pixel = np.array(np.unravel_index(pixels[int(rng.integers(len(pixels)))], data.labels.shape))
    # Off-centre, or the network learns that landslides lie in the middle of a patch.
    offset = rng.uniform(-0.4, 0.4, 2) * learning.patch
    data, centre = (
        (data, pixel + offset)
        if data.tile_px is None
        else _within_tile(data, pixel, offset, learning.patch)
    )
    image, labels = cut_patch(data, centre, random_matrix(rng, learning), learning.patch)
    if data.change is None:
        return jitter(image, rng, learning), labels
    return jitter_with_change(image, data.change, rng, change_rng, learning), labels


def _within_tile(
    data: TrainingData, pixel: Int64, offset: Float64, side: int
) -> tuple[TrainingData, Float64]:
    """Return the tile that holds a pixel, and the centre of a patch as far inside it as it fits."""
    assert data.tile_px is not None
    corner, nearest = pixel // data.tile_px * data.tile_px, min(side, data.tile_px) / 2 - 0.5
    rows, columns = (slice(start, start + data.tile_px) for start in corner)
    centre = np.clip(pixel - corner + offset, nearest, data.tile_px - 1 - nearest)
    pixels = read_pixels(data.pixels, (rows, columns))
    return TrainingData(pixels, data.labels[rows, columns], change=data.change), centre


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
