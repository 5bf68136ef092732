"""Lines in a raster: rivers and roads as distances from their points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from slidelens.types import Float32, Float64


@dataclass(frozen=True)
class Distance:
    """Distance to the nearest point of a line, and the value of that point.

    Attributes:
        pixels: (height, width) distance in pixels, accurate to a fraction of a pixel.
        value: (height, width) value of the nearest point, for example its catchment.
    """

    pixels: Float32
    value: Float32


def distance_to(points: Float64, shape: tuple[int, int]) -> Distance:
    """Return the distance to points and the value of the nearest one.

    Args:
        points: (n, 3) row and column in fractional pixels, and value; of points in the same pixel
            the one with the larger value counts.
        shape: height and width.
    """
    if len(points) == 0:
        return Distance(np.full(shape, 1e6, np.float32), np.zeros(shape, np.float32))
    points = points[np.argsort(points[:, 2], kind="stable")]
    cells = np.clip(np.rint(points[:, :2]).astype(int), 0, np.array(shape) - 1)
    row, column, value = (np.zeros(shape, np.float32) for _ in range(3))
    missing = np.ones(shape, bool)
    cells_of_points = (cells[:, 0], cells[:, 1])
    (
        row[cells_of_points],
        column[cells_of_points],
        value[cells_of_points],
        missing[cells_of_points],
    ) = points[:, 0], points[:, 1], points[:, 2], False
    nearest = ndimage.distance_transform_edt(missing, return_distances=False, return_indices=True)
    pixels = np.ogrid[: shape[0], : shape[1]]
    nearest_pixel = (nearest[0], nearest[1])
    distance = np.hypot(row[nearest_pixel] - pixels[0], column[nearest_pixel] - pixels[1])
    return Distance(distance.astype(np.float32), value[nearest_pixel])


def line_coverage(distance_px: Float32, width_px: NDArray[np.floating] | float) -> Float32:
    """Return the anti-aliased share of each pixel that a line covers, 0 to 1.

    Args:
        distance_px: (height, width) distance to the line.
        width_px: width of the line.
    """
    half = np.asarray(width_px, np.float32) / 2
    return np.asarray(np.clip(np.minimum(half + 0.5 - distance_px, 2 * half), 0, 1), np.float32)
