"""Sample images and the descent of the ground at points, from arrays of any size."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from slidelens.geo.grid import Grid, height_gradient
from slidelens.geo.windowed import WindowedArray, group_by_chunk, grow
from slidelens.types import Float64, Int64

_SMOOTHING_M = 15.0  # of the height model: slopes of single pixels are noisy
_TRUNCATE = 4.0  # standard deviations at which the smoothing ends


def sample(image: WindowedArray, grid: Grid, points: Float64) -> Float64:
    """Interpolate an image bilinearly.

    Args:
        image: (height, width).
        grid: Grid of the image.
        points: (…, 2) x, y; those beyond the image get the value at its edge.

    Returns:
        (…) values.
    """
    values = np.empty(points.shape[:-1])
    row, column, nearest = _pixels(grid, points)
    for part, at in group_by_chunk(*nearest, grid.shape):
        rows, columns = grow(part, 1, grid.shape)
        values.ravel()[at] = _interpolate(
            np.asarray(image.read((rows, columns)), np.float64),
            row[at] - rows.start,
            column[at] - columns.start,
        )
    return values


def steepest_descent(elevation_m: WindowedArray, grid: Grid, points: Float64) -> Float64:
    """Return the descent of the smoothed ground.

    Args:
        elevation_m: (height, width) heights, metres.
        grid: Grid of the heights.
        points: (k, 2) x, y.

    Returns:
        (k, 2) descent in metres per metre, to the east and to the north.
    """
    descent = np.empty((len(points), 2))
    row, column, nearest = _pixels(grid, points)
    sigma = _SMOOTHING_M / grid.pixel_m
    margin = int(_TRUNCATE * sigma + 0.5) + 2
    for part, at in group_by_chunk(*nearest, grid.shape):
        rows, columns = grow(part, margin, grid.shape)
        heights = np.asarray(elevation_m.read((rows, columns)), np.float64)
        smooth = ndimage.gaussian_filter(heights, sigma, truncate=_TRUNCATE)
        south, east = height_gradient(smooth, grid.pixel_m)
        place = row[at] - rows.start, column[at] - columns.start
        descent[at] = np.stack([-_interpolate(east, *place), _interpolate(south, *place)], axis=1)
    return descent


def _pixels(grid: Grid, points: Float64) -> tuple[Float64, Float64, tuple[Int64, Int64]]:
    """Return rows and columns of points, counted between centres, and those of their pixels."""
    row, column = grid.pixel_of(points[..., 0].ravel(), points[..., 1].ravel())
    nearest = (
        np.clip(np.floor(place), 0, side - 1).astype(np.int64)
        for place, side in zip((row, column), grid.shape, strict=True)
    )
    first, second = nearest
    return row - 0.5, column - 0.5, (first, second)


def _interpolate(image: Float64, row: Float64, column: Float64) -> Float64:
    return np.asarray(ndimage.map_coordinates(image, [row, column], order=1, mode="nearest"))
