"""Fall lines from possible landslide heads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from slidelens.demo.relief.terrain import Terrain
from slidelens.types import Float32, Float64, Int64


@dataclass(frozen=True)
class FallLines:
    """Fall lines from possible heads, more of them where landslides are more likely.

    Attributes:
        places: (n, steps, 2) rows and columns, a pixel apart; a line that has ended stays in place.
        steps: (n,) length of each line in pixels.
    """

    places: Float64
    steps: Int64


def trace_fall_lines(
    chance: Float32,
    terrain: Terrain,
    river_px: Float32,
    longest_px: float,
    rng: np.random.Generator,
    count: int = 6000,
) -> FallLines:
    """Trace fall lines with some inertia until flat ground, a river or the edge.

    Args:
        chance: (height, width) relative chance of a landslide head.
        terrain: the terrain.
        river_px: (height, width) distance to the channels.
        longest_px: maximum length.
        rng: random generator.
        count: number of lines.
    """
    fall = np.stack(
        np.gradient(-ndimage.gaussian_filter(terrain.elevation_m, 3.0), terrain.pixel_m)
    )
    heads = rng.choice(
        chance.size, size=count, p=chance.ravel().astype(float) / float(chance.sum(dtype=float))
    )
    position = np.column_stack(np.divmod(heads, chance.shape[1])).astype(float)
    heading, moving, places = np.zeros_like(position), np.ones(count, bool), [position]
    for _ in range(int(longest_px)):
        row, column = np.rint(position).astype(int).T
        gradient = fall[:, row, column].T.astype(float)
        steep = np.hypot(*gradient.T)
        moving &= (steep > 0.12) & (river_px[row, column] > 2.5)
        heading = (
            0.75 * heading
            + 0.25 * gradient / np.maximum(steep, 1e-9)[:, None]
            + rng.normal(0, 0.035, position.shape)
        )
        ahead = position + heading / np.maximum(np.hypot(*heading.T), 1e-9)[:, None]
        moving &= ((ahead >= 1) & (ahead <= np.array(chance.shape) - 2)).all(axis=1)
        position = np.where(moving[:, None], ahead, position)
        places.append(position)
    lines = np.stack(places, axis=1)
    return FallLines(lines, np.count_nonzero(np.diff(lines, axis=1).any(axis=2), axis=1))
