"""Steady state of uplift and erosion on a coarse grid of cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from slidelens.demo.params import TerrainParams
from slidelens.demo.relief import drainage
from slidelens.demo.relief.noise import fractal, smoothstep
from slidelens.types import Float32, Float64, Int64

CONCAVITY = 0.35
LEVELS = ((16, 40), (8, 16), (4, 8))
"""Cell size in pixels and number of adjustments, coarse to fine."""


@dataclass(frozen=True)
class Cells:
    """A terrain in cells.

    Attributes:
        height_m: (rows, columns) heights.
        receiver: (rows · columns,) cell into which each cell drains.
        catchment_m2: (rows · columns,) catchment area.
    """

    height_m: Float64
    receiver: Int64
    catchment_m2: Float64


@dataclass(frozen=True)
class Rocks:
    """Spatial variation of the ground, (rows, columns) each.

    Attributes:
        strength: rock strength around 1, higher where uplift is faster: steeper channels and
            slopes.
        benches: 0 to 1, old deep-seated slides, which are gentler.
        waywardness: (8, rows, columns) factors on the slope towards each neighbour.
    """

    strength: Float32
    benches: Float32
    waywardness: Float64

    @classmethod
    def draw(cls, shape: tuple[int, int], cell_m: float, rng: np.random.Generator) -> Rocks:
        """Draw the rocks of a terrain at random."""
        strength = (1.0 + 0.25 * fractal(shape, rng, 3000 / cell_m, 2, 2.5)) * _uplift(shape)
        benches = smoothstep(fractal(shape, rng, 2500 / cell_m, 300 / cell_m, 2.5), 0.5, 1.6)
        return cls(strength, benches, rng.uniform(0.72, 1.28, (8, *shape)))


def simulate_steady_state(
    shape_px: tuple[int, ...], pixel_m: float, params: TerrainParams, rng: np.random.Generator
) -> Cells:
    """Simulate the valley, in cells of the last of `LEVELS`.

    Args:
        shape_px: height and width in pixels, multiples of 16.
        pixel_m: side of a pixel.
        params: parameters of the terrain.
        rng: random generator.
    """
    height = _first_guess((shape_px[0] // 16, shape_px[1] // 16), pixel_m * 16, params, rng)
    cells = Cells(height, np.zeros(0, np.int64), np.zeros(0))
    for cell_px, rounds in LEVELS:
        shape, cell_m = (shape_px[0] // cell_px, shape_px[1] // cell_px), cell_px * pixel_m
        if cells.height_m.shape != shape:
            cells = Cells(_refine(cells.height_m, cell_m, rng), cells.receiver, cells.catchment_m2)
        rocks = Rocks.draw(shape, cell_m, rng)
        for _ in range(rounds):
            cells = _adjust(cells.height_m, cell_m, rocks, params)
    return cells


def _refine(height: Float64, cell_m: float, rng: np.random.Generator) -> Float64:
    """Halve the cell size and add the small irregularities from which side valleys develop."""
    finer = ndimage.zoom(height, 2, order=1, grid_mode=True, mode="nearest")
    return np.asarray(finer + 0.12 * cell_m * fractal(finer.shape, rng, 40, 2, 1.5))


def _uplift(shape: tuple[int, int]) -> Float32:
    """Return the uplift, 0.8 to 4.3, faster towards the north-east with its high peaks."""
    north, east = np.linspace(1, 0, shape[0])[:, None], np.linspace(0, 1, shape[1])[None, :]
    return 0.8 + 3.5 * smoothstep(0.45 * north + 0.55 * east, 0.3, 1.0)


def _first_guess(
    shape: tuple[int, int], cell_m: float, params: TerrainParams, rng: np.random.Generator
) -> Float64:
    """Return a trough along the winding trunk valley, rough enough for side valleys to develop."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(float)
    bends = np.cumsum(ndimage.gaussian_filter1d(rng.standard_normal(shape[0] + 20), 4)[10:-10])
    bends -= np.linspace(bends[0], bends[-1], shape[0])
    middle = shape[1] * np.linspace(0.62, 0.38, shape[0]) + bends * 0.10 * shape[1] / max(
        np.abs(bends).max(), 1e-9
    )
    distance_m = np.abs(columns - middle[:, None]) * cell_m
    return np.asarray(
        params.base_m
        + 0.25 * distance_m
        + 0.01 * (shape[0] - rows) * cell_m
        + 3.0 * cell_m * fractal(shape, rng, 30, 2, 2.2)
    )


def _adjust(height: Float64, cell_m: float, rocks: Rocks, params: TerrainParams) -> Cells:
    """Do one round: drainage, catchments, and the heights in equilibrium with them."""
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


def _collapse(height: Float64, rise: Float64, passes: int = 12) -> Float64:
    """Lower walls between basins to the stable slope, so that divides migrate to balance."""
    rows, columns = height.shape
    for _ in range(passes):
        padded = np.pad(height, 1, constant_values=np.inf)
        for down, right in drainage.NEIGHBOURS:
            neighbour = padded[1 + down : 1 + down + rows, 1 + right : 1 + right + columns]
            np.minimum(height, neighbour + 1.05 * rise * np.hypot(down, right), out=height)
    return height


def _hillside(height: Float64, rocks: Rocks, params: TerrainParams) -> Float64:
    """Return the steepest stable slope: gentler on the benches of old deep-seated slides."""
    low = smoothstep(height, params.base_m + 1500, params.base_m + 900)
    return np.asarray(
        params.hillside
        * np.clip(0.75 + 0.25 * rocks.strength, 0.6, 1.35)
        * (1.0 - 0.6 * rocks.benches * low)
    )
