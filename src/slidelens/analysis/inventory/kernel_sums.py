"""Sum quartic kernels on a grid, strip by strip."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from slidelens.types import Float64

_STRIP_COLUMNS = 128
_PAIRS_AT_ONCE = 500_000


def column_strips(width: int, radius: float) -> Iterator[tuple[int, int]]:
    """Columns start…stop, two to sixteen radii wide: farther from a strip's centre the powers in `_sums` would cost digits."""
    step = math.ceil(max(2 * radius, min(16 * radius, _STRIP_COLUMNS)))
    return ((start, min(start + step, width)) for start in range(0, width, step))


def sum_kernels(
    columns: Float64,
    rows: Float64,
    weights: Float64,
    radius: float,
    height: int,
    start: int,
    stop: int,
) -> Float64:
    """Σ w (1 − d²/R²)² over one strip of columns, exact, in a time that grows with the radius and not with its square.

    In a row, a point reaches a run of columns, where its kernel is a polynomial of degree 4 in the column. Its coefficients are added
    where the run starts and taken off where it ends; a running sum along the row then holds the coefficients of the sum, in every column.
    Returns (height, stop - start).
    """
    *coefficients, reached = np.cumsum(
        _steps(columns, rows, weights, radius, height, start, stop), axis=2
    )[:, :, :-1]
    offset = (np.arange(start, stop) - (start + stop - 1) / 2) / radius
    total = np.zeros((height, stop - start))
    for coefficient in reversed(coefficients):
        total = total * offset + coefficient
    # Sums that should cancel leave the last digits of what was added: nothing reaches these cells.
    return np.where(reached > 0.5, np.maximum(total, 0), 0)


def _steps(
    columns: Float64,
    rows: Float64,
    weights: Float64,
    radius: float,
    height: int,
    start: int,
    stop: int,
) -> Float64:
    """(6, height, stop - start + 1) by how much the coefficients, and the number of points, change from column to column."""
    width, centre = stop - start, (start + stop - 1) / 2
    steps = np.zeros((6, height * (width + 1)))
    most = max(1, int(_PAIRS_AT_ONCE / min(2 * radius + 2, height)))
    for first in range(0, len(columns), most):
        some = slice(first, first + most)
        row, column, point_row, weight, half = _runs(
            columns[some], rows[some], weights[some], radius, height
        )
        begin = np.clip(np.ceil(column - half).astype(np.int64), start, stop) - start
        end = np.clip(np.floor(column + half).astype(np.int64) + 1, start, stop) - start
        terms = _coefficients((column - centre) / radius, (row - point_row) / radius, weight)
        for index, term in enumerate(terms):
            size = steps[index].size
            steps[index] += np.bincount(row * (width + 1) + begin, term, size) - np.bincount(
                row * (width + 1) + end, term, size
            )
    return steps.reshape(6, height, width + 1)


def _runs(
    columns: Float64, rows: Float64, weights: Float64, radius: float, height: int
) -> tuple[NDArray[np.int64], Float64, Float64, Float64, Float64]:
    """For each point and each row that it reaches: row, the point's column, row and weight, and half the length of its run."""
    first = np.maximum(np.ceil(rows - radius), 0)
    row = first[:, None] + np.arange(min(math.floor(2 * radius) + 1, height))
    left = radius**2 - (row - rows[:, None]) ** 2
    point, at = np.nonzero((left > 0) & (row < height))
    return (
        row[point, at].astype(np.int64),
        columns[point],
        rows[point],
        weights[point],
        np.sqrt(left[point, at]),
    )


def _coefficients(p: Float64, q: Float64, weight: Float64) -> tuple[Float64, ...]:
    """Of u⁰…u⁴ in w (1 − q² − (u − p)²)² = w (b + 2pu − u²)² with b = 1 − q² − p², and 1 to count the points."""
    b = 1 - q**2 - p**2
    return (
        weight * b**2,
        4 * weight * b * p,
        weight * (4 * p**2 - 2 * b),
        -4 * weight * p,
        weight,
        np.ones_like(p),
    )
