"""Kernel density of landslides: how many per km² around each cell.

A peak of the surface is not the mean density: it grows as the radius shrinks. Two surfaces compare only at one radius and convention.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from slidelens.errors import ParamsError
from slidelens.geo.grid import Bounds, Grid, covering_grid
from slidelens.types import Float64

# Height of a landslide's kernel at its centre, in units of 1 / radius²: the only difference between the two.
CONVENTIONS = {"esri": 3 / math.pi, "qgis": 116 / (5 * math.pi) * 15 / 16}
M2_PER_KM2 = 1e6
_STRIP_COLUMNS = 128
_PAIRS_AT_ONCE = 500_000
_MOST_CELLS = 1e8


@dataclass(frozen=True)
class KernelDensity:
    """A density surface and its summary.

    surface: (height, width) float32, weight per km²; NaN off the mapped area
    n: landslides
    radius_m: search radius, metres; None where there is none to take (no landslide, or all in one place)
    peak_per_km2, peak_at: highest cell on the mapped area and its centre (x, y) in the grid's CRS; None where it means nothing
    mean_per_km2: sum of the weights over the mapped area; not the mean of the surface, which loses what it spreads past the edge
    inside_share: share of the weights' volume that the kernel leaves on the mapped area
    """

    surface: NDArray[np.float32]
    n: int
    radius_m: float | None
    convention: str
    peak_per_km2: float | None
    peak_at: tuple[float, float] | None
    mean_per_km2: float | None
    area_km2: float
    inside_share: float | None

    def summary(self) -> dict[str, object]:
        """All but the surface, for JSON."""
        return {name: value for name, value in vars(self).items() if name != "surface"}


def density_of_points(
    points: Float64,
    grid: Grid,
    mapped_area_m2: float,
    *,
    radius_m: float | None = None,
    weights: Float64 | None = None,
    convention: str = "esri",
    mapped: NDArray[np.bool_] | None = None,
) -> KernelDensity:
    """Density surface and summary of landslides at points on a grid.

    points: (n, 2) centroids x, y in the grid's CRS; weights: (n,) ≥ 0, by default 1 each
    mapped_area_m2: ground that was mapped, m²
    radius_m: search radius, metres; by default Esri's. Without one (see `default_radius_m`) the surface is 0 throughout
    mapped: (height, width) bool, the ground that was mapped; the surface is NaN elsewhere. No correction is made at its edge.
    """
    radius_m = default_radius_m(points, weights) if radius_m is None else radius_m
    surface = (
        np.zeros(grid.shape, np.float32)
        if radius_m is None
        else kernel_density(points, grid, radius_m, weights, convention)
    )
    if mapped is not None:
        surface[~mapped] = np.nan
    total = float(len(points) if weights is None else weights.sum())
    peak = peak_of(surface, grid) if radius_m is not None and len(points) else None
    volume = float(np.nansum(surface, dtype=np.float64)) * grid.pixel_area_m2 / M2_PER_KM2
    return KernelDensity(
        surface=surface,
        n=len(points),
        radius_m=radius_m,
        convention=convention,
        peak_per_km2=0.0 if not len(points) else peak[0] if peak else None,
        peak_at=peak[1] if peak else None,
        mean_per_km2=total / mapped_area_m2 * M2_PER_KM2 if mapped_area_m2 > 0 else None,
        area_km2=mapped_area_m2 / M2_PER_KM2,
        inside_share=volume / total * CONVENTIONS["esri"] / CONVENTIONS[convention]
        if peak and total
        else None,
    )


def default_radius_m(points: Float64, weights: Float64 | None = None) -> float | None:
    """Esri's default search radius, 0.9 · min(SD, √(1/ln 2) · D_m) · n^(−0.2).

    SD is the standard distance, D_m the median distance to the mean centre, n the number of points. With weights all three are weighted
    and n is their sum, so that the radius depends on the weights' unit.
    points: (n, 2) x, y in metres; weights: (n,) ≥ 0
    Returns metres; None where there is no point, or (more than half of) the points lie in one place.
    Source: ArcGIS Pro, "How Kernel Density works".
    """
    points, weights = _sorted(points, weights)
    total = float(weights.sum())
    if not total > 0:
        return None
    distances = np.hypot(*(points - weights @ points / total).T)
    standard = math.sqrt(weights @ distances**2 / total)
    radius = (
        0.9
        * min(standard, math.sqrt(1 / math.log(2)) * _weighted_median(distances, weights))
        * total**-0.2
    )
    # Centroids in metres are sums of large numbers: under a micrometre apart is one place.
    return radius if radius > 1e-6 else None


def _sorted(points: Float64, weights: Float64 | None) -> tuple[Float64, Float64]:
    """Points from west to east with their weights: sums then round the same way, whatever the order in the file."""
    weights = np.ones(len(points)) if weights is None else np.asarray(weights, np.float64)
    order = np.lexsort((weights, points[:, 1], points[:, 0]))
    return points[order], weights[order]


def _weighted_median(values: Float64, weights: Float64) -> float:
    """The value with half the weight on either side; between two such values their mean, as in the unweighted median."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    half = reached[-1] / 2
    lower, upper = np.searchsorted(reached, half, "left"), np.searchsorted(reached, half, "right")
    return float(values[order[lower]] + values[order[min(upper, len(values) - 1)]]) / 2


def default_cell_m(bounds: Bounds) -> float:
    """Esri's default cell, the shorter side of the extent / 250, in metres.

    bounds: (left, bottom, right, top), metres, with an area
    """
    return min(bounds[2] - bounds[0], bounds[3] - bounds[1]) / 250


def require_positive(value_m: float, what: str) -> None:
    """Raise ParamsError unless a length is over 0 m."""
    if not (value_m > 0 and math.isfinite(value_m)):
        raise ParamsError(f"the {what} is {value_m:g} m; give one over 0 m")


def surface_grid(bounds: Bounds, crs: CRS, cell_m: float | None = None) -> Grid:
    """The grid of a density surface over `bounds`, metres.

    cell_m: side of a cell, metres; by default Esri's
    Raises ParamsError for a cell that is not positive, or makes more than a hundred million cells.
    """
    cell_m = default_cell_m(bounds) if cell_m is None else cell_m
    require_positive(cell_m, "cell")
    cells = (bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) / cell_m**2
    if cells > _MOST_CELLS:
        raise ParamsError(
            f"cells of {cell_m:g} m make {cells:.2g} of them over this area; give larger ones, --cell-m {cell_m * 10:g} for instance"
        )
    return covering_grid(bounds, crs, cell_m)


def kernel_density(
    points: Float64,
    grid: Grid,
    radius_m: float,
    weights: Float64 | None = None,
    convention: str = "esri",
) -> NDArray[np.float32]:
    """Density around each cell centre by the quartic kernel, planar: k/R² Σ wᵢ (1 − (dᵢ/R)²)² over dᵢ < R.

    points: (n, 2) x, y in metres in the grid's CRS, on the grid or off it; weights: (n,) ≥ 0, by default 1 each
    radius_m: search radius R, metres, > 0
    convention: `esri`, k = 3/π: the volume under the surface is the sum of the weights, less what the kernel spreads past the edge;
        or `qgis`, its "scaled" quartic, k = 116/(5π) · 15/16: 7.25 times as high everywhere
    Returns (height, width) float32, weight per km². The order of the points makes no difference, to the last bit.
    Raises GridError if the grid is not in metres, ParamsError for a radius that is not positive or another convention.
    Sources: ArcGIS Pro, "How Kernel Density works"; QGIS, QgsKernelDensityEstimation.
    """
    grid.require_metric()
    if convention not in CONVENTIONS:
        raise ParamsError(
            f"the density convention is {convention!r}; choose {' or '.join(CONVENTIONS)}"
        )
    require_positive(radius_m, "search radius")
    points, weights = _sorted(points, weights)
    columns, rows = _cells(points, grid)
    radius = radius_m / grid.pixel_m
    scale = CONVENTIONS[convention] / radius_m**2 * M2_PER_KM2
    surface = np.zeros(grid.shape, np.float32)
    for start, stop in _strips(grid.width, radius):
        near = (columns > start - radius) & (columns < stop - 1 + radius)
        if near.any():
            surface[:, start:stop] = scale * _sums(
                columns[near], rows[near], weights[near], radius, grid.height, start, stop
            )
    return surface


def _cells(points: Float64, grid: Grid) -> tuple[Float64, Float64]:
    """Points in fractions of columns and rows, whole numbers at cell centres."""
    left, _, _, top = grid.bounds
    return (points[:, 0] - left) / grid.pixel_m - 0.5, (top - points[:, 1]) / grid.pixel_m - 0.5


def _strips(width: int, radius: float) -> Iterator[tuple[int, int]]:
    """Columns start…stop, two to sixteen radii wide: farther from a strip's centre the powers in `_sums` would cost digits."""
    step = math.ceil(max(2 * radius, min(16 * radius, _STRIP_COLUMNS)))
    return ((start, min(start + step, width)) for start in range(0, width, step))


def _sums(
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
        for step, term in zip(steps, terms, strict=True):
            step += np.bincount(row * (width + 1) + begin, term, step.size) - np.bincount(
                row * (width + 1) + end, term, step.size
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


def peak_of(surface: NDArray[np.float32], grid: Grid) -> tuple[float, tuple[float, float]] | None:
    """Highest value and the centre (x, y) of its cell; None where nothing is above 0. NaN cells are passed over."""
    filled = np.nan_to_num(surface, nan=0.0)
    row, column = np.unravel_index(int(filled.argmax()), surface.shape)
    if not filled[row, column] > 0:
        return None
    x, y = grid.transform @ (float(column) + 0.5, float(row) + 0.5)
    return float(filled[row, column]), (float(x), float(y))
