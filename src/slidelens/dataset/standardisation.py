"""Standardising bands: zero mean, unit deviation, from training ground only, or of each pixel's own surroundings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from slidelens.errors import SceneError
from slidelens.types import Float32, Mask


@dataclass(frozen=True)
class BandStatistics:
    """Mean and standard deviation of each band, in the scene's units, and how many pixels they are from."""

    bands: tuple[str, ...]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    pixels: int


def compute_band_statistics(
    pixels: Float32, where: Mask, bands: tuple[str, ...], what: str
) -> BandStatistics:
    """Band statistics of the pixels that `where` selects.

    pixels: (height, width, bands); where: (height, width) bool; what: name for messages
    A band without any contrast gets deviation 1.
    Raises SceneError where nothing is selected.
    """
    if not where.any():
        raise SceneError(
            f"{what} has no valid pixel on training ground; give a scene that covers more of the area, or another split.seed"
        )
    chosen = pixels[where].astype(np.float64)
    deviation = chosen.std(axis=0)
    return BandStatistics(
        bands,
        tuple(chosen.mean(axis=0).tolist()),
        tuple(np.where(deviation > 0, deviation, 1.0).tolist()),
        len(chosen),
    )


def standardise(pixels: Float32, valid: Mask, statistics: BandStatistics) -> Float32:
    """(pixels − mean) / deviation for each band; 0, the mean, where not valid. Inverse: `restore`."""
    mean, deviation = (
        np.array(statistics.mean, np.float32),
        np.array(statistics.deviation, np.float32),
    )
    return np.where(valid[..., None], (pixels - mean) / deviation, np.float32(0)).astype(np.float32)


def standardise_tiles(pixels: Float32, valid: Mask, tile_px: int) -> Float32:
    """Each tile of a mosaic by the mean and deviation of its own valid pixels; 0 where not valid.

    tile_px: side of the tiles; the mosaic holds whole tiles
    """
    result = np.zeros_like(pixels)
    for row in range(0, valid.shape[0], tile_px):
        for column in range(0, valid.shape[1], tile_px):
            tile = slice(row, row + tile_px), slice(column, column + tile_px)
            if valid[tile].any():
                own = compute_band_statistics(pixels[tile], valid[tile], (), "")
                result[tile] = standardise(pixels[tile], valid[tile], own)
    return result


def standardise_locally(pixels: Float32, valid: Mask, side: int) -> Float32:
    """Each pixel by the mean and deviation of the valid pixels in the square around it; 0 where not valid.

    side: of the square, pixels. What is not valid changes nothing.
    """
    share = np.maximum(
        _around(valid.astype(np.float64), side), 0.5 / side**2
    )  # of the square that is valid
    return np.stack(
        [
            _locally(pixels[..., band].astype(np.float64), valid, share, side)
            for band in range(pixels.shape[2])
        ],
        axis=-1,
    )


def _locally(
    band: NDArray[np.float64], valid: Mask, share: NDArray[np.float64], side: int
) -> Float32:
    shown = band[valid]
    centred = (
        np.where(valid, band - shown.mean(), 0) if shown.size else np.zeros_like(band)
    )  # squares of small numbers lose no digits
    mean = _around(centred, side) / share
    deviation = np.sqrt(np.maximum(_around(centred**2, side) / share - mean**2, 0))
    flat = deviation <= 1e-6 * (np.abs(centred).max() or 1)
    return np.where(valid, (centred - mean) / np.where(flat, 1, deviation), 0).astype(np.float32)


def _around(values: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Means over the square around each pixel, with 0 beyond the edges."""
    return uniform_filter(values, side, mode="constant")


def restore(standardised: Float32, statistics: BandStatistics) -> Float32:
    """Standardised × deviation + mean: the scene's units again. Inverse: `standardise`."""
    return standardised * np.array(statistics.deviation, np.float32) + np.array(
        statistics.mean, np.float32
    )
