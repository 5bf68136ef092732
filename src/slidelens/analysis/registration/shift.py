"""A shift in pixels with its confidence, from the mean of many small score surfaces."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from slidelens.types import Float64

NOTABLE_PX = 0.5  # length of a shift from which it is worth a warning
_WIDEST_PX = 1.0  # 90 % interval beyond which a shift is not known
_RESAMPLES = 200
_QUANTILES = (0.05, 0.95)


@dataclass(frozen=True)
class Shift:
    """How far one thing lies from where another says it should, in pixels of a north-up grid.

    The intervals are 90 % intervals by bootstrap of the samples: they say how well the samples
    agree, and not whether all of them share an error.

    Attributes:
        down_px: Towards the south.
        right_px: Towards the east.
        down_interval: 90 % interval of `down_px`.
        right_interval: 90 % interval of `right_px`.
        samples: Number of windows or landslides that were measured.
    """

    down_px: float
    right_px: float
    down_interval: tuple[float, float]
    right_interval: tuple[float, float]
    samples: int

    @property
    def length_px(self) -> float:
        """Length of the shift."""
        return math.hypot(self.down_px, self.right_px)

    @property
    def is_notable(self) -> bool:
        """Whether it reaches half a pixel, to a tenth of a pixel."""
        return round(self.length_px, 1) >= NOTABLE_PX

    def __neg__(self) -> Shift:
        (top, bottom), (left, right) = self.down_interval, self.right_interval
        return Shift(-self.down_px, -self.right_px, (-bottom, -top), (-right, -left), self.samples)

    def describe(self) -> str:
        """Return the shift and its interval in words."""
        south = "south" if self.down_px >= 0 else "north"
        east = "east" if self.right_px >= 0 else "west"
        (top, bottom), (left, right) = self.down_interval, self.right_interval
        return (
            f"{abs(self.down_px):.2f} px {south} and {abs(self.right_px):.2f} px {east} "
            f"(90 % interval ± {(bottom - top) / 2:.2f} and ± {(right - left) / 2:.2f} px)"
        )

    def as_json(self) -> dict[str, Any]:
        """Return the numbers for JSON, rounded to three digits."""
        return {
            "down_px": round(self.down_px, 3),
            "right_px": round(self.right_px, 3),
            "down_interval_px": [round(value, 3) for value in self.down_interval],
            "right_interval_px": [round(value, 3) for value in self.right_interval],
            "samples": self.samples,
        }


def shift_of(
    surfaces: Float64, first_px: tuple[float, float], step_px: float, fewest: int
) -> Shift | None:
    """Return the shift at the peak of the mean surface; None if it cannot be told.

    It cannot with too few surfaces, with the peak at an edge, and where resampled means have
    their peaks far apart.

    Args:
        surfaces: (samples, rows, columns) scores of each shift.
        first_px: Shift of the first row and of the first column, pixels.
        step_px: Difference between neighbouring shifts, pixels.
        fewest: Number of surfaces that are needed.
    """
    count = len(surfaces)
    if count < fewest:
        return None
    best = _peak(surfaces.mean(axis=0))
    if best is None:
        return None
    weights = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), _RESAMPLES)
    means = np.tensordot(weights / count, surfaces, axes=1)
    peaks = [_peak(mean) or _highest(mean) for mean in means]
    low, high = np.quantile(peaks, _QUANTILES, axis=0)
    if (high - low).max() * step_px > _WIDEST_PX:
        return None
    first = np.array(first_px)
    down, right = first + np.array(best) * step_px
    intervals = np.sort(np.stack([first + low * step_px, first + high * step_px]), axis=0)
    return Shift(
        down_px=float(down),
        right_px=float(right),
        down_interval=(float(intervals[0, 0]), float(intervals[1, 0])),
        right_interval=(float(intervals[0, 1]), float(intervals[1, 1])),
        samples=count,
    )


def _highest(surface: Float64) -> tuple[float, float]:
    row, column = np.unravel_index(int(surface.argmax()), surface.shape)
    return float(row), float(column)


def _peak(surface: Float64) -> tuple[float, float] | None:
    """Return row and column of the peak, by a parabola along each; None at an edge."""
    row, column = (int(index) for index in _highest(surface))
    if not (0 < row < surface.shape[0] - 1 and 0 < column < surface.shape[1] - 1):
        return None
    return (
        row + _vertex(surface[row - 1 : row + 2, column]),
        column + _vertex(surface[row, column - 1 : column + 2]),
    )


def _vertex(values: Float64) -> float:
    """Return the place of the vertex of a parabola through values at −1, 0 and 1."""
    curvature = values[0] - 2 * values[1] + values[2]
    return float((values[0] - values[2]) / (2 * curvature)) if curvature < 0 else 0.0
