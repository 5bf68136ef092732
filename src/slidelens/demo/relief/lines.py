"""Lines drawn into a raster: rivers and roads as distances from their points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from slidelens.types import Float32


@dataclass(frozen=True)
class Distance:
    """Distance to a line's nearest point, and that point's value.

    pixels: (height, width) float32, pixels, accurate to a fraction of one
    value: (height, width) float32, what the line carries there, for instance its catchment
    """

    pixels: Float32
    value: Float32


def distance_to(points: NDArray[np.float64], shape: tuple[int, int]) -> Distance:
    """Distance to points given as (n, 3): row, column (pixels, fractions) and value; where two share a pixel the larger value counts."""
    if len(points) == 0:
        return Distance(np.full(shape, 1e6, np.float32), np.zeros(shape, np.float32))
    points = points[np.argsort(points[:, 2], kind="stable")]
    cells = np.clip(np.rint(points[:, :2]).astype(int), 0, np.array(shape) - 1)
    row, column, value = (np.zeros(shape, np.float32) for _ in range(3))
    missing = np.ones(shape, bool)
    at = (cells[:, 0], cells[:, 1])
    row[at], column[at], value[at], missing[at] = points[:, 0], points[:, 1], points[:, 2], False
    nearest = ndimage.distance_transform_edt(missing, return_distances=False, return_indices=True)
    here = np.ogrid[: shape[0], : shape[1]]
    near = (nearest[0], nearest[1])
    away = np.hypot(row[near] - here[0], column[near] - here[1])
    return Distance(away.astype(np.float32), value[near])


def stripe(distance_px: Float32, width_px: NDArray[np.floating] | float) -> Float32:
    """Share of each pixel that a line of some width covers, 0–1, edges anti-aliased."""
    half = np.asarray(width_px, np.float32) / 2
    return np.asarray(np.clip(np.minimum(half + 0.5 - distance_px, 2 * half), 0, 1), np.float32)
