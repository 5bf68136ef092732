"""Standardise bands to zero mean and unit standard deviation.

The statistics are those of train blocks, or of the surroundings of each pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter

from slidelens.errors import SceneError
from slidelens.geo.windowed import Part, whole
from slidelens.types import Float32, Float64, Mask


@dataclass(frozen=True)
class BandStatistics:
    """Statistics of the bands of a scene.

    Attributes:
        bands: names of the bands.
        mean: mean of each band, in the scene's units.
        deviation: standard deviation of each band, in the scene's units.
        pixels: number of pixels that they were computed from.
    """

    bands: tuple[str, ...]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    pixels: int


def compute_band_statistics(
    pixels: Float32, where: Mask, bands: tuple[str, ...], what: str
) -> BandStatistics:
    """Compute the band statistics of selected pixels.

    A band without any contrast gets deviation 1.

    Args:
        pixels: (height, width, bands).
        where: (height, width) mask of the pixels to use.
        bands: names of the bands.
        what: name of the scene for messages.

    Raises:
        SceneError: No pixel is selected.
    """
    return statistics_of(lambda part: pixels[part], where, bands, what, [whole(where.shape)])


def statistics_of(
    read: Callable[[Part], Float32],
    where: Mask,
    bands: tuple[str, ...],
    what: str,
    parts: Sequence[Part],
) -> BandStatistics:
    """Compute the band statistics of selected pixels that are read part by part, twice.

    Args:
        read: Returns the (rows, columns, bands) pixels of a part.
        where: (height, width) mask of the pixels to use.
        bands: Names of the bands.
        what: Name of the scene for messages.
        parts: Strips of whole rows that cover the scene, from above.

    Raises:
        SceneError: No pixel is selected.
    """
    number = int(np.count_nonzero(where))
    if not number:
        raise SceneError(
            f"{what} has no valid pixel in the train blocks; "
            "give a scene that covers more of the area, or another split.seed"
        )

    def chosen() -> Iterator[Float64]:
        return (read(part)[where[part]].astype(np.float64) for part in parts if where[part].any())

    mean = _sum_of_rows(chosen()) / number
    deviation = np.sqrt(_sum_of_rows((values - mean) ** 2 for values in chosen()) / number)
    return BandStatistics(
        bands,
        tuple(mean.tolist()),
        tuple(np.where(deviation > 0, deviation, 1.0).tolist()),
        number,
    )


def _sum_of_rows(parts: Iterable[Float64]) -> Float64:
    """Return the sums of the columns of (n, bands) parts, added in the order of the rows."""
    total: Float64 | None = None
    for values in parts:
        rows = values if total is None else np.concatenate([total[None], values])
        total = np.add.reduce(rows, axis=0)
    assert total is not None
    return total


def standardise(pixels: Float32, valid: Mask, statistics: BandStatistics) -> Float32:
    """Return (pixels − mean) / deviation of each band; 0 where not valid. Inverse: `restore`."""
    mean, deviation = (
        np.array(statistics.mean, np.float32),
        np.array(statistics.deviation, np.float32),
    )
    return np.where(valid[..., None], (pixels - mean) / deviation, np.float32(0)).astype(np.float32)


def standardise_tiles(pixels: Float32, valid: Mask, tile_px: int) -> Float32:
    """Standardise each tile of a mosaic by the statistics of its own valid pixels.

    Args:
        pixels: (height, width, bands).
        valid: (height, width) mask; the result is 0 elsewhere.
        tile_px: side of a tile; the mosaic holds whole tiles.
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
    """Standardise each pixel by the statistics of the valid pixels in the square around it.

    Args:
        pixels: (height, width, bands).
        valid: (height, width) mask; the result is 0 elsewhere, and these pixels have no influence.
        side: of the square, pixels.
    """
    # Share of the square that is valid.
    share = np.maximum(_mean_around(valid.astype(np.float64), side), 0.5 / side**2)
    return np.stack(
        [
            _locally(pixels[..., band].astype(np.float64), valid, share, side)
            for band in range(pixels.shape[2])
        ],
        axis=-1,
    )


def _locally(band: Float64, valid: Mask, share: Float64, side: int) -> Float32:
    values = band[valid]
    # Squares of small numbers lose no digits.
    centred = np.where(valid, band - values.mean(), 0) if values.size else np.zeros_like(band)
    mean = _mean_around(centred, side) / share
    deviation = np.sqrt(np.maximum(_mean_around(centred**2, side) / share - mean**2, 0))
    flat = deviation <= 1e-6 * (np.abs(centred).max() or 1)
    return np.where(valid, (centred - mean) / np.where(flat, 1, deviation), 0).astype(np.float32)


def _mean_around(values: Float64, side: int) -> Float64:
    """Return the means over the square around each pixel, with 0 beyond the edges."""
    means: Float64 = uniform_filter(values, side, mode="constant")
    return means


def restore(standardised: Float32, statistics: BandStatistics) -> Float32:
    """Return standardised pixels in the scene's units. Inverse: `standardise`."""
    return standardised * np.array(statistics.deviation, np.float32) + np.array(
        statistics.mean, np.float32
    )
