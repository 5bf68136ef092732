"""Sum quartic kernels on a grid, strip by strip.

All lengths are in pixels; whole numbers are the centres of columns and rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from slidelens.types import Float64, Int64, Mask

_STRIP_COLUMNS = 128
_PAIRS_AT_ONCE = 500_000


@dataclass(frozen=True)
class KernelPoints:
    """Weighted points.

    Attributes:
        columns: (n,) position along the rows.
        rows: (n,) position down the columns.
        weights: (n,) ≥ 0.
    """

    columns: Float64
    rows: Float64
    weights: Float64

    def select(self, chosen: slice | Mask) -> KernelPoints:
        """Return the chosen points."""
        return KernelPoints(self.columns[chosen], self.rows[chosen], self.weights[chosen])


@dataclass(frozen=True)
class Strip:
    """The columns start…stop − 1 of a grid with `height` rows."""

    start: int
    stop: int
    height: int

    @property
    def width(self) -> int:
        """Return the number of columns."""
        return self.stop - self.start

    @property
    def centre(self) -> float:
        """Return the middle of the columns."""
        return (self.start + self.stop - 1) / 2


def column_strips(width: int, height: int, radius: float) -> Iterator[Strip]:
    """Divide a grid into strips two to sixteen radii wide.

    Farther from the centre of a strip, the powers in `sum_kernels` would lose digits.
    """
    step = math.ceil(max(2 * radius, min(16 * radius, _STRIP_COLUMNS)))
    return (Strip(start, min(start + step, width), height) for start in range(0, width, step))


def sum_kernels(points: KernelPoints, radius: float, strip: Strip) -> Float64:
    """Return Σ w (1 − d²/R²)² over one strip, exactly, in time linear in the radius.

    In each row a point reaches a run of columns, where its kernel is a polynomial of degree 4 in
    the column. Its coefficients are added where the run starts and subtracted where it ends; a
    cumulative sum along the row then gives the coefficients of the total in every column.

    Args:
        points: Points, on the strip or beside it.
        radius: Search radius R, > 0.
        strip: Columns to compute.

    Returns:
        (height, width of the strip).
    """
    *coefficients, reached = np.cumsum(_coefficient_steps(points, radius, strip), axis=2)[:, :, :-1]
    offset = (np.arange(strip.start, strip.stop) - strip.centre) / radius
    total = np.zeros((strip.height, strip.width))
    for coefficient in reversed(coefficients):
        total = total * offset + coefficient
    # Sums that should cancel leave rounding errors: no point reaches these cells.
    return np.where(reached > 0.5, np.maximum(total, 0), 0)


def _coefficient_steps(points: KernelPoints, radius: float, strip: Strip) -> Float64:
    """Return (6, height, width + 1) the change of each coefficient from column to column.

    The last of the six is the change of the number of points.
    """
    height, width = strip.height, strip.width
    steps = np.zeros((6, height * (width + 1)))
    batch = max(1, int(_PAIRS_AT_ONCE / min(2 * radius + 2, height)))
    for first in range(0, len(points.columns), batch):
        row, origins, half = _runs(points.select(slice(first, first + batch)), radius, height)
        column = origins.columns
        begin = np.clip(np.ceil(column - half).astype(np.int64), strip.start, strip.stop)
        end = np.clip(np.floor(column + half).astype(np.int64) + 1, strip.start, strip.stop)
        terms = _coefficients(
            (column - strip.centre) / radius, (row - origins.rows) / radius, origins.weights
        )
        for index, term in enumerate(terms):
            size = steps[index].size
            steps[index] += np.bincount(
                row * (width + 1) + begin - strip.start, term, size
            ) - np.bincount(row * (width + 1) + end - strip.start, term, size)
    return steps.reshape(6, height, width + 1)


def _runs(points: KernelPoints, radius: float, height: int) -> tuple[Int64, KernelPoints, Float64]:
    """Return, for each point and each row that it reaches: row, point, half the run's length."""
    first = np.maximum(np.ceil(points.rows - radius), 0)
    row = first[:, None] + np.arange(min(math.floor(2 * radius) + 1, height))
    half_squared = radius**2 - (row - points.rows[:, None]) ** 2
    point, position = np.nonzero((half_squared > 0) & (row < height))
    origins = KernelPoints(points.columns[point], points.rows[point], points.weights[point])
    half = np.sqrt(half_squared[point, position])
    return row[point, position].astype(np.int64), origins, half


def _coefficients(p: Float64, q: Float64, weight: Float64) -> tuple[Float64, ...]:
    """Return the coefficients of u⁰…u⁴ in w (1 − q² − (u − p)²)², and 1 to count the points.

    The polynomial is w (b + 2pu − u²)² with b = 1 − q² − p².
    """
    b = 1 - q**2 - p**2
    return (
        weight * b**2,
        4 * weight * b * p,
        weight * (4 * p**2 - 2 * b),
        -4 * weight * p,
        weight,
        np.ones_like(p),
    )
