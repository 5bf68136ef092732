"""Trace fall lines from possible landslide heads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from slidelens.demo.relief.terrain import Terrain
from slidelens.types import Float32


@dataclass(frozen=True)
class FallLines:
    """Fall lines from possible heads, more of them where landslides are likelier.

    places: (n, steps, 2) rows and columns, a pixel apart; after its end a way stays where it is
    steps: (n,) pixels run
    """

    places: NDArray[np.float64]
    steps: NDArray[np.int64]


def trace_fall_lines(
    chance: Float32,
    terrain: Terrain,
    river_px: Float32,
    longest_px: float,
    rng: np.random.Generator,
    count: int = 6000,
) -> FallLines:
    """Down the fall line with some inertia, until the ground is flat, the river is reached, or the edge."""
    fall = np.stack(
        np.gradient(-ndimage.gaussian_filter(terrain.elevation_m, 3.0), terrain.pixel_m)
    )
    heads = rng.choice(
        chance.size, size=count, p=chance.ravel().astype(float) / float(chance.sum(dtype=float))
    )
    place = np.column_stack(np.divmod(heads, chance.shape[1])).astype(float)
    heading, going, places = np.zeros_like(place), np.ones(count, bool), [place]
    for _ in range(int(longest_px)):
        row, column = np.rint(place).astype(int).T
        pull = fall[:, row, column].T.astype(float)
        steep = np.hypot(*pull.T)
        going &= (steep > 0.12) & (river_px[row, column] > 2.5)
        heading = (
            0.75 * heading
            + 0.25 * pull / np.maximum(steep, 1e-9)[:, None]
            + rng.normal(0, 0.035, place.shape)
        )
        ahead = place + heading / np.maximum(np.hypot(*heading.T), 1e-9)[:, None]
        going &= ((ahead >= 1) & (ahead <= np.array(chance.shape) - 2)).all(axis=1)
        place = np.where(going[:, None], ahead, place)
        places.append(place)
    way = np.stack(places, axis=1)
    return FallLines(way, np.count_nonzero(np.diff(way, axis=1).any(axis=2), axis=1))
