"""Terrain of a young mountain valley: threshold hillslopes above rivers in balance with uplift.

The steady state of stream-power incision fixes the slope of every channel by its catchment,
slope = steepness · area^−concavity, and landsliding caps the slope of every hillside. Heights
follow by adding slopes upstream along the drainage tree; the tree follows from the heights. A few
rounds from coarse to fine cells make ridges and valleys branch as they do in nature.

Source:
    Whipple & Tucker (1999), doi 10.1029/1999JB900120; Burbank et al. (1996),
    doi 10.1038/379505a0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from slidelens.demo.params import TerrainParams
from slidelens.demo.relief.lines import distance_to
from slidelens.demo.relief.noise import fractal, smoothstep
from slidelens.demo.relief.steady_state import LEVELS, Cells, simulate_steady_state
from slidelens.types import Float32, Float64

TRUNK_M2 = 2e8
"""Smallest catchment of the trunk river."""
CHANNEL_M2 = 6e4
"""Smallest catchment of a channel."""


@dataclass(frozen=True)
class Terrain:
    """A height field and its channels.

    Attributes:
        elevation_m: (height, width) heights.
        pixel_m: side of a pixel.
        channels: (n, 3) points along the channels: row and column in fractional pixels, and
            catchment in m².
    """

    elevation_m: Float32
    pixel_m: float
    channels: Float64

    @property
    def gradient(self) -> tuple[Float32, Float32]:
        """Rise per metre southwards and eastwards, (height, width) each."""
        south, east = np.gradient(self.elevation_m, self.pixel_m)
        return np.asarray(south, np.float32), np.asarray(east, np.float32)

    @property
    def slope(self) -> Float32:
        """Tangent of the slope, (height, width)."""
        return np.hypot(*self.gradient).astype(np.float32)


def build_terrain(
    shape: tuple[int, int], pixel_m: float, params: TerrainParams, rng: np.random.Generator
) -> Terrain:
    """Build a valley with a trunk river that enters in the north and leaves in the south.

    Args:
        shape: height and width in pixels.
        pixel_m: side of a pixel.
        params: parameters of the terrain.
        rng: random generator.
    """
    margin = 16 * (min(240, *shape) // 16)
    padded = tuple(-(-side // 16) * 16 + 2 * margin for side in shape)
    cells, cell_px = simulate_steady_state(padded, pixel_m, params, rng), LEVELS[-1][0]
    offsets = _draw_offsets(shape, pixel_m, rng)
    coordinates = [
        (pixels + margin + offset + 0.5) / cell_px - 0.5
        for pixels, offset in zip(np.ogrid[: shape[0], : shape[1]], offsets, strict=True)
    ]
    elevation = ndimage.map_coordinates(
        ndimage.gaussian_filter(cells.height_m, 0.8),
        coordinates,
        order=3,
        mode="nearest",
        output=np.float32,
    )
    elevation += 1.6 * fractal(shape, rng, 60, 3, 2.6)
    channels = _bend_points(_sample_channels(cells, cell_px, margin), offsets)
    return Terrain(_add_valley_floor(elevation, channels, pixel_m, rng), pixel_m, channels)


def _add_valley_floor(
    elevation: Float32, channels: Float64, pixel_m: float, rng: np.random.Generator
) -> Float32:
    """Fill the valley of the trunk river with gravel, flat and of varying width."""
    trunk = channels[channels[:, 2] >= TRUNK_M2]
    if len(trunk) == 0:
        return elevation
    cells = np.rint(trunk[:, :2]).astype(int)
    bed = ndimage.gaussian_filter(elevation, 4)[cells[:, 0], cells[:, 1]]
    trunk_distance = distance_to(np.column_stack([trunk[:, :2], bed]), elevation.shape)
    level = ndimage.gaussian_filter(trunk_distance.value, 40.0 / pixel_m)
    floor_px = np.exp(0.5 * fractal(elevation.shape, rng, 400, 60, 2.5)) * 55.0 / pixel_m
    return np.asarray(
        level
        + (elevation - level) * smoothstep(trunk_distance.pixels, 0.4 * floor_px, 2.2 * floor_px),
        np.float32,
    )


def _draw_offsets(
    shape: tuple[int, int], pixel_m: float, rng: np.random.Generator
) -> tuple[Float32, Float32]:
    """Draw smooth offsets, in pixels southwards and eastwards, that bend straight reaches.

    The eight flow directions would leave straight reaches.
    """
    waves = ((34.0, 1800, 350), (3.5, 300, 90))  # size, longest and shortest wavelength, metres
    southwards, eastwards = (
        sum(
            size / pixel_m * fractal(shape, rng, longest / pixel_m, shortest / pixel_m, 2.0)
            for size, longest, shortest in waves
        )
        for _ in range(2)
    )
    return np.asarray(southwards), np.asarray(eastwards)


def _bend_points(points: Float64, offsets: tuple[Float32, Float32]) -> Float64:
    """Return the positions of points of the straight terrain in the bent one, those inside it."""
    shape = np.array(offsets[0].shape)
    positions = points[:, :2].copy()
    for _ in range(12):
        near = tuple(np.clip(np.rint(positions), 0, shape - 1).astype(int).T)
        positions = points[:, :2] - np.column_stack([offset[near] for offset in offsets])
    inside = ((positions >= 0) & (positions <= shape - 1)).all(axis=1)
    return np.column_stack([positions, points[:, 2]])[inside]


def _sample_channels(cells: Cells, cell_px: int, margin: int) -> Float64:
    """Sample the smoothed channels about every half pixel.

    Returns:
        (n, 3) row and column in pixels of the area, and catchment in m².
    """
    starts = np.flatnonzero(
        (cells.catchment_m2 > CHANNEL_M2) & (cells.receiver != np.arange(cells.receiver.size))
    )
    share = np.linspace(0, 1, 2 * cell_px, endpoint=False)[None, :, None]
    positions = _smooth_channels(cells) * cell_px + (cell_px - 1) / 2 - margin
    points = (
        positions[starts][:, None] * (1 - share)
        + positions[cells.receiver[starts]][:, None] * share
    )
    return np.column_stack([points.reshape(-1, 2), cells.catchment_m2[starts].repeat(2 * cell_px)])


def _smooth_channels(cells: Cells, rounds: int = 6) -> Float64:
    """Return (n, 2) rows and columns of the cells, moved towards their main donor and receiver.

    This removes the eight flow directions.
    """
    index = np.arange(cells.receiver.size)
    donor = index.copy()
    order = np.argsort(cells.catchment_m2, kind="stable")
    donor[cells.receiver[order]] = order
    donor[donor == cells.receiver] = index[donor == cells.receiver]
    positions = np.column_stack(np.divmod(index, cells.height_m.shape[1])).astype(float)
    for _ in range(rounds):
        positions = 0.25 * positions[donor] + 0.5 * positions + 0.25 * positions[cells.receiver]
    return positions
