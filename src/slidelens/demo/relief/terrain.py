"""Terrain of a young mountain valley: threshold hillslopes above rivers in balance with uplift.

The steady state of stream-power incision fixes the slope of every channel by its catchment, slope = steepness · area^−concavity, and
landsliding caps the slope of every hillside (Whipple & Tucker 1999, doi 10.1029/1999JB900120; Burbank et al. 1996, doi 10.1038/379505a0).
Heights follow by adding slopes upstream along the drainage tree; the tree follows from the heights; a few rounds from coarse to fine
cells make ridges and valleys branch as they do in nature.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from slidelens.demo.params import TerrainParams
from slidelens.demo.relief import drainage
from slidelens.demo.relief.lines import distance_to
from slidelens.demo.relief.noise import fractal, smoothstep
from slidelens.types import Float32

CONCAVITY = 0.35
TRUNK_M2 = 2e8
"""Catchment from which a channel is the trunk river."""
CHANNEL_M2 = 6e4
"""Catchment from which there is a channel."""
LEVELS = ((16, 40), (8, 16), (4, 8))
"""Cell size in pixels and rounds of adjustment, coarse to fine."""


@dataclass(frozen=True)
class Terrain:
    """A height field and its channels.

    elevation_m: (height, width) float32
    pixel_m: side of a pixel, metres
    channels: (n, 3) points along the channels: row, column (pixels, fractions) and catchment in m²
    """

    elevation_m: Float32
    pixel_m: float
    channels: NDArray[np.float64]

    @property
    def gradient(self) -> tuple[Float32, Float32]:
        """Rise per metre southwards and eastwards, (height, width) each."""
        south, east = np.gradient(self.elevation_m, self.pixel_m)
        return np.asarray(south, np.float32), np.asarray(east, np.float32)

    @property
    def slope(self) -> Float32:
        """(height, width) tangent of the slope."""
        return np.hypot(*self.gradient).astype(np.float32)


@dataclass(frozen=True)
class _Cells:
    """height_m: (rows, columns); receiver, catchment_m2: (rows · columns,) where the water of each cell runs, and from how much ground."""

    height_m: NDArray[np.float64]
    receiver: drainage.Int64
    catchment_m2: drainage.Float64


@dataclass(frozen=True)
class _Rocks:
    """What differs from place to place, (rows, columns) each.

    strength: around 1, and more where uplift is faster: channels and hillsides are steeper
    benches: 0–1, old deep-seated slides, gentler
    waywardness: (8, rows, columns) factors on the slope towards each neighbour
    """

    strength: Float32
    benches: Float32
    waywardness: NDArray[np.float64]

    @classmethod
    def drawn(cls, shape: tuple[int, int], cell_m: float, rng: np.random.Generator) -> _Rocks:
        strength = (1.0 + 0.25 * fractal(shape, rng, 3000 / cell_m, 2, 2.5)) * _uplift(shape)
        benches = smoothstep(fractal(shape, rng, 2500 / cell_m, 300 / cell_m, 2.5), 0.5, 1.6)
        return cls(strength, benches, rng.uniform(0.72, 1.28, (8, *shape)))


def build_terrain(
    shape: tuple[int, int], pixel_m: float, params: TerrainParams, rng: np.random.Generator
) -> Terrain:
    """A valley of `shape` pixels with a trunk river that enters in the north and leaves in the south."""
    margin = 16 * (min(240, *shape) // 16)
    padded = tuple(-(-side // 16) * 16 + 2 * margin for side in shape)
    cells, cell_px = _steady_state(padded, pixel_m, params, rng), LEVELS[-1][0]
    bent = _bends(shape, pixel_m, rng)
    at = [
        (here + margin + offset + 0.5) / cell_px - 0.5
        for here, offset in zip(np.ogrid[: shape[0], : shape[1]], bent, strict=True)
    ]
    elevation = ndimage.map_coordinates(
        ndimage.gaussian_filter(cells.height_m, 0.8), at, order=3, mode="nearest", output=np.float32
    )
    elevation += 1.6 * fractal(shape, rng, 60, 3, 2.6)
    channels = _bent_back(_channels(cells, cell_px, margin), bent)
    return Terrain(_with_valley_floor(elevation, channels, pixel_m, rng), pixel_m, channels)


def _with_valley_floor(
    elevation: Float32, channels: NDArray[np.float64], pixel_m: float, rng: np.random.Generator
) -> Float32:
    """The trunk river has filled its valley with gravel: flat ground of changing width on both sides."""
    trunk = channels[channels[:, 2] >= TRUNK_M2]
    if len(trunk) == 0:
        return elevation
    at = np.rint(trunk[:, :2]).astype(int)
    bed = ndimage.gaussian_filter(elevation, 4)[at[:, 0], at[:, 1]]
    near = distance_to(np.column_stack([trunk[:, :2], bed]), elevation.shape)
    level = ndimage.gaussian_filter(near.value, 40.0 / pixel_m)
    floor_px = np.exp(0.5 * fractal(elevation.shape, rng, 400, 60, 2.5)) * 55.0 / pixel_m
    return (
        level + (elevation - level) * smoothstep(near.pixels, 0.4 * floor_px, 2.2 * floor_px)
    ).astype(np.float32)


def _steady_state(
    shape_px: tuple[int, ...], pixel_m: float, params: TerrainParams, rng: np.random.Generator
) -> _Cells:
    """The valley in cells of the last of LEVELS."""
    height = _first_guess((shape_px[0] // 16, shape_px[1] // 16), pixel_m * 16, params, rng)
    cells = _Cells(height, np.zeros(0, np.int64), np.zeros(0))
    for cell_px, rounds in LEVELS:
        shape, cell_m = (shape_px[0] // cell_px, shape_px[1] // cell_px), cell_px * pixel_m
        if cells.height_m.shape != shape:
            cells = _Cells(
                _refined(cells.height_m, cell_m, rng), cells.receiver, cells.catchment_m2
            )
        rocks = _Rocks.drawn(shape, cell_m, rng)
        for _ in range(rounds):
            cells = _adjusted(cells.height_m, cell_m, rocks, params)
    return cells


def _refined(
    height: NDArray[np.float64], cell_m: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """The same heights in cells of half the size, with the small irregularities that side valleys start from."""
    finer = ndimage.zoom(height, 2, order=1, grid_mode=True, mode="nearest")
    return np.asarray(finer + 0.12 * cell_m * fractal(finer.shape, rng, 40, 2, 1.5))


def _uplift(shape: tuple[int, int]) -> Float32:
    """Faster uplift towards the north-east, where the high peaks stand: 0.8 to 4.3."""
    north, east = np.linspace(1, 0, shape[0])[:, None], np.linspace(0, 1, shape[1])[None, :]
    return 0.8 + 3.5 * smoothstep(0.45 * north + 0.55 * east, 0.3, 1.0)


def _first_guess(
    shape: tuple[int, int], cell_m: float, params: TerrainParams, rng: np.random.Generator
) -> NDArray[np.float64]:
    """A trough along the winding trunk valley, rough enough for side valleys to find their way."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(float)
    bends = np.cumsum(ndimage.gaussian_filter1d(rng.standard_normal(shape[0] + 20), 4)[10:-10])
    bends -= np.linspace(bends[0], bends[-1], shape[0])
    middle = shape[1] * np.linspace(0.62, 0.38, shape[0]) + bends * 0.10 * shape[1] / max(
        np.abs(bends).max(), 1e-9
    )
    away_m = np.abs(columns - middle[:, None]) * cell_m
    return (
        params.base_m
        + 0.25 * away_m
        + 0.01 * (shape[0] - rows) * cell_m
        + 3.0 * cell_m * fractal(shape, rng, 30, 2, 2.2)
    )


def _adjusted(
    height: NDArray[np.float64], cell_m: float, rocks: _Rocks, params: TerrainParams
) -> _Cells:
    """One round: where the water runs, how much of it, and the heights that go with it."""
    columns = height.shape[1]
    outlet = height.size - columns + int(np.argmin(height[-1]))
    receiver = drainage.drainage_tree(height, outlet, rocks.waywardness)
    area = np.full(height.size, cell_m**2)
    area[np.argmin(height[0])] += params.river_catchment_km2 * 1e6
    catchment = drainage.accumulate(receiver, area)
    channel = params.steepness * rocks.strength.ravel() * catchment**-CONCAVITY
    hillside = _hillside(height, rocks, params)
    rise = np.minimum(channel, hillside.ravel()) * drainage.step_length(receiver, columns, cell_m)
    target = params.base_m + drainage.sum_downstream(receiver, rise).reshape(height.shape)
    return _Cells(_collapsed(target, hillside * cell_m), receiver, catchment)


def _collapsed(
    height: NDArray[np.float64], rise: NDArray[np.float64], passes: int = 12
) -> NDArray[np.float64]:
    """Walls between basins fall back to the slope that stands, so that divides move to where both sides agree."""
    rows, columns = height.shape
    for _ in range(passes):
        padded = np.pad(height, 1, constant_values=np.inf)
        for down, right in drainage.NEIGHBOURS:
            neighbour = padded[1 + down : 1 + down + rows, 1 + right : 1 + right + columns]
            np.minimum(height, neighbour + 1.05 * rise * np.hypot(down, right), out=height)
    return height


def _hillside(
    height: NDArray[np.float64], rocks: _Rocks, params: TerrainParams
) -> NDArray[np.float64]:
    """Steepest slope that stands: lower on the benches of old deep-seated slides at middle heights."""
    low = smoothstep(height, params.base_m + 1500, params.base_m + 900)
    return np.asarray(
        params.hillside
        * np.clip(0.75 + 0.25 * rocks.strength, 0.6, 1.35)
        * (1.0 - 0.6 * rocks.benches * low)
    )


def _bends(
    shape: tuple[int, int], pixel_m: float, rng: np.random.Generator
) -> tuple[Float32, Float32]:
    """Smooth offsets, pixels southwards and eastwards, that bend the straight runs which eight directions leave."""
    waves = ((34.0, 1800, 350), (3.5, 300, 90))  # size, longest and shortest wavelength, metres
    southwards, eastwards = (
        sum(
            size / pixel_m * fractal(shape, rng, longest / pixel_m, shortest / pixel_m, 2.0)
            for size, longest, shortest in waves
        )
        for _ in range(2)
    )
    return np.asarray(southwards), np.asarray(eastwards)


def _bent_back(points: NDArray[np.float64], bent: tuple[Float32, Float32]) -> NDArray[np.float64]:
    """Where points of the straight terrain come to lie in the bent one, those inside it."""
    shape = np.array(bent[0].shape)
    place = points[:, :2].copy()
    for _ in range(12):
        near = tuple(np.clip(np.rint(place), 0, shape - 1).astype(int).T)
        place = points[:, :2] - np.column_stack([offset[near] for offset in bent])
    inside = ((place >= 0) & (place <= shape - 1)).all(axis=1)
    return np.column_stack([place, points[:, 2]])[inside]


def _channels(cells: _Cells, cell_px: int, margin: int) -> NDArray[np.float64]:
    """Points every half pixel or so along the smoothed channels: row and column in the area, pixels, and catchment, m²."""
    starts = np.flatnonzero(
        (cells.catchment_m2 > CHANNEL_M2) & (cells.receiver != np.arange(cells.receiver.size))
    )
    share = np.linspace(0, 1, 2 * cell_px, endpoint=False)[None, :, None]
    place = _smoothed(cells) * cell_px + (cell_px - 1) / 2 - margin
    points = place[starts][:, None] * (1 - share) + place[cells.receiver[starts]][:, None] * share
    return np.column_stack([points.reshape(-1, 2), cells.catchment_m2[starts].repeat(2 * cell_px)])


def _smoothed(cells: _Cells, rounds: int = 6) -> NDArray[np.float64]:
    """(n, 2) rows and columns of the cells, moved towards the mean of their main donor and their receiver: no more eight directions."""
    index = np.arange(cells.receiver.size)
    donor = index.copy()
    order = np.argsort(cells.catchment_m2, kind="stable")
    donor[cells.receiver[order]] = order
    donor[donor == cells.receiver] = index[donor == cells.receiver]
    place = np.column_stack(np.divmod(index, cells.height_m.shape[1])).astype(float)
    for _ in range(rounds):
        place = 0.25 * place[donor] + 0.5 * place + 0.25 * place[cells.receiver]
    return place
