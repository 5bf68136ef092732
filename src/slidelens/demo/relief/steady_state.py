"""Simulate the steady state of uplift and erosion on a coarse grid of cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from slidelens.demo.params import TerrainParams
from slidelens.demo.relief import drainage
from slidelens.demo.relief.noise import fractal, smoothstep
from slidelens.types import Float32, Float64, Int64

CONCAVITY = 0.35
LEVELS = ((16, 40), (8, 16), (4, 8))
"""Cell size in pixels and rounds of adjustment, coarse to fine."""


@dataclass(frozen=True)
class Cells:
    """height_m: (rows, columns); receiver, catchment_m2: (rows · columns,) where the water of each cell runs, and from how much ground."""

    height_m: NDArray[np.float64]
    receiver: Int64
    catchment_m2: Float64


@dataclass(frozen=True)
class Rocks:
    """What differs from place to place, (rows, columns) each.

    strength: around 1, and more where uplift is faster: channels and hillsides are steeper
    benches: 0–1, old deep-seated slides, gentler
    waywardness: (8, rows, columns) factors on the slope towards each neighbour
    """

    strength: Float32
    benches: Float32
    waywardness: NDArray[np.float64]

    @classmethod
    def drawn(cls, shape: tuple[int, int], cell_m: float, rng: np.random.Generator) -> Rocks:
        """Draw the rocks of a terrain at random."""
        strength = (1.0 + 0.25 * fractal(shape, rng, 3000 / cell_m, 2, 2.5)) * _uplift(shape)
        benches = smoothstep(fractal(shape, rng, 2500 / cell_m, 300 / cell_m, 2.5), 0.5, 1.6)
        return cls(strength, benches, rng.uniform(0.72, 1.28, (8, *shape)))


def simulate_steady_state(
    shape_px: tuple[int, ...], pixel_m: float, params: TerrainParams, rng: np.random.Generator
) -> Cells:
    """The valley in cells of the last of LEVELS."""
    height = _first_guess((shape_px[0] // 16, shape_px[1] // 16), pixel_m * 16, params, rng)
    cells = Cells(height, np.zeros(0, np.int64), np.zeros(0))
    for cell_px, rounds in LEVELS:
        shape, cell_m = (shape_px[0] // cell_px, shape_px[1] // cell_px), cell_px * pixel_m
        if cells.height_m.shape != shape:
            cells = Cells(_refine(cells.height_m, cell_m, rng), cells.receiver, cells.catchment_m2)
        rocks = Rocks.drawn(shape, cell_m, rng)
        for _ in range(rounds):
            cells = _adjust(cells.height_m, cell_m, rocks, params)
    return cells


def _refine(
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


def _adjust(
    height: NDArray[np.float64], cell_m: float, rocks: Rocks, params: TerrainParams
) -> Cells:
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
    return Cells(_collapse(target, hillside * cell_m), receiver, catchment)


def _collapse(
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
    height: NDArray[np.float64], rocks: Rocks, params: TerrainParams
) -> NDArray[np.float64]:
    """Steepest slope that stands: lower on the benches of old deep-seated slides at middle heights."""
    low = smoothstep(height, params.base_m + 1500, params.base_m + 900)
    return np.asarray(
        params.hillside
        * np.clip(0.75 + 0.25 * rocks.strength, 0.6, 1.35)
        * (1.0 - 0.6 * rocks.benches * low)
    )
