"""Kernel density of landslides: how many per km² around each cell.

A peak of the surface is not the mean density: it grows as the radius shrinks. Two surfaces compare only at one radius and convention.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from slidelens.analysis.inventory.kernel_sums import column_strips, sum_kernels
from slidelens.analysis.inventory.search_radius import default_radius_m, sort_points
from slidelens.errors import ParamsError
from slidelens.geo.grid import Bounds, Grid, covering_grid
from slidelens.types import Float64

# Height of a landslide's kernel at its centre, in units of 1 / radius²: the only difference between the two.
CONVENTIONS = {"esri": 3 / math.pi, "qgis": 116 / (5 * math.pi) * 15 / 16}
M2_PER_KM2 = 1e6
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
    peak = find_peak(surface, grid) if radius_m is not None and len(points) else None
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
    points, weights = sort_points(points, weights)
    columns, rows = _cells(points, grid)
    radius = radius_m / grid.pixel_m
    scale = CONVENTIONS[convention] / radius_m**2 * M2_PER_KM2
    surface = np.zeros(grid.shape, np.float32)
    for start, stop in column_strips(grid.width, radius):
        near = (columns > start - radius) & (columns < stop - 1 + radius)
        if near.any():
            surface[:, start:stop] = scale * sum_kernels(
                columns[near], rows[near], weights[near], radius, grid.height, start, stop
            )
    return surface


def _cells(points: Float64, grid: Grid) -> tuple[Float64, Float64]:
    """Points in fractions of columns and rows, whole numbers at cell centres."""
    left, _, _, top = grid.bounds
    return (points[:, 0] - left) / grid.pixel_m - 0.5, (top - points[:, 1]) / grid.pixel_m - 0.5


def find_peak(surface: NDArray[np.float32], grid: Grid) -> tuple[float, tuple[float, float]] | None:
    """Highest value and the centre (x, y) of its cell; None where nothing is above 0. NaN cells are passed over."""
    filled = np.nan_to_num(surface, nan=0.0)
    row, column = np.unravel_index(int(filled.argmax()), surface.shape)
    if not filled[row, column] > 0:
        return None
    x, y = grid.transform @ (float(column) + 0.5, float(row) + 0.5)
    return float(filled[row, column]), (float(x), float(y))
