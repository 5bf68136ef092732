"""Kernel density of landslides, per km².

A peak of the surface is not the mean density: it grows as the radius shrinks. Compare two surfaces
only at the same radius and convention.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from rasterio.crs import CRS

from slidelens.analysis.inventory.kernel_sums import KernelPoints, column_strips, sum_kernels
from slidelens.analysis.inventory.lengths import require_length, require_positive
from slidelens.analysis.inventory.search_radius import default_radius_m, sort_points
from slidelens.errors import ParamsError
from slidelens.geo.grid import Bounds, Grid, covering_grid
from slidelens.resources import require_memory
from slidelens.types import Float32, Float64, Mask

# Height of the kernel at its centre, in units of 1 / radius²; the conventions differ only in this.
CONVENTIONS = {"esri": 3 / math.pi, "qgis": 116 / (5 * math.pi) * 15 / 16}
M2_PER_KM2 = 1e6
_MAX_CELLS = 1e8
_BYTES_PER_CELL = 8
_BYTES_PER_CELL_OF_STRIP = 128


@dataclass(frozen=True)
class KernelDensity:
    """A density surface and its summary.

    Attributes:
        surface: (height, width), weight per km², 7.25 times that by `qgis`; NaN outside the mapped
            area.
        n: Number of landslides.
        radius_m: Search radius, metres; None if undefined (no landslide, or all in one place).
        convention: `esri` or `qgis`.
        peak_per_km2: Highest cell, in the unit of the surface; None if undefined.
        peak_at: (x, y) of its centre in the grid's CRS; None if undefined.
        mean_per_km2: Sum of the weights over the mapped area; not the mean of the surface, which
            loses what the kernel spreads beyond the edge.
        area_km2: Mapped area, km².
        inside_share: Share of the kernels' volume inside the mapped area.
    """

    surface: Float32
    n: int
    radius_m: float | None
    convention: str
    peak_per_km2: float | None
    peak_at: tuple[float, float] | None
    mean_per_km2: float | None
    area_km2: float
    inside_share: float | None

    def summary(self) -> dict[str, object]:
        """Return everything but the surface, for JSON."""
        return {name: value for name, value in vars(self).items() if name != "surface"}


def density_of_points(
    points: Float64,
    grid: Grid,
    mapped_area_m2: float,
    *,
    radius_m: float | None = None,
    weights: Float64 | None = None,
    convention: str = "esri",
    mapped: Mask | None = None,
) -> KernelDensity:
    """Compute the density surface of landslide centroids, and its summary.

    Args:
        points: (n, 2) x, y in the grid's CRS.
        grid: Cells of the surface, in metres.
        mapped_area_m2: Area that was mapped, m².
        radius_m: Search radius, metres; by default `default_radius_m`. If that is undefined, the
            surface is 0.
        weights: (n,) ≥ 0, by default 1 each.
        convention: See `kernel_density`.
        mapped: (height, width), true for mapped cells; the others become NaN. There is no edge
            correction.
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
        # Rounded values of cells may sum to a little more.
        inside_share=min(1.0, volume / total * CONVENTIONS["esri"] / CONVENTIONS[convention])
        if peak and total
        else None,
    )


def surface_unit(unit: str, convention: str) -> str:
    """Return the unit of a surface.

    Args:
        unit: Unit of the density.
        convention: See `kernel_density`; only `esri` gives the density itself.
    """
    factor = CONVENTIONS[convention] / CONVENTIONS["esri"]
    return unit if factor == 1 else f"QGIS scale ({factor:.4g} times {unit})"


def default_cell_m(bounds: Bounds) -> float:
    """Return Esri's default cell size, the shorter side of the extent / 250, in metres.

    Args:
        bounds: (left, bottom, right, top), metres, with left < right and bottom < top.
    """
    return min(bounds[2] - bounds[0], bounds[3] - bounds[1]) / 250


def surface_grid(
    bounds: Bounds, crs: CRS, cell_m: float | None = None, option: str = "--cell-m"
) -> Grid:
    """Return the grid of a density surface.

    Args:
        bounds: (left, bottom, right, top) to cover, metres.
        crs: A CRS in metres.
        cell_m: Side of a cell, metres; by default `default_cell_m`.
        option: What sets the cell, for messages.

    Raises:
        ParamsError: The cell is not positive or far larger than the extent, or there would be over
            a hundred million cells.
        ResourceError: The surface does not fit into memory.
    """
    if cell_m is not None:
        require_length(cell_m, "cell" if option == "--cell-m" else option)
    cell_m = default_cell_m(bounds) if cell_m is None else cell_m
    require_positive(cell_m, "cell")
    width_m, height_m = bounds[2] - bounds[0], bounds[3] - bounds[1]
    cells = max(width_m / cell_m, 1) * max(height_m / cell_m, 1)
    if cells > _MAX_CELLS:
        raise ParamsError(
            f"cells of {cell_m:g} m make {cells:.2g} of them over this area;"
            f" give larger ones, {option} {math.sqrt(width_m * height_m / _MAX_CELLS) * 10:.2g}"
            " for instance"
        )
    if cell_m > 1000 * max(width_m, height_m):
        raise ParamsError(
            f"cells of {cell_m:g} m are far larger than the whole extent,"
            f" {width_m:.4g} m × {height_m:.4g} m; give smaller ones, {option}"
        )
    require_memory(cells * _BYTES_PER_CELL, f"a surface of {cells:.2g} cells", f"raise {option}")
    return covering_grid(bounds, crs, cell_m)


def kernel_density(
    points: Float64,
    grid: Grid,
    radius_m: float,
    weights: Float64 | None = None,
    convention: str = "esri",
) -> Float32:
    """Compute the planar quartic kernel density at cell centres: k/R² Σ_{d<R} w (1 − (d/R)²)².

    Args:
        points: (n, 2) x, y in the grid's CRS, inside the grid or outside.
        grid: Cells of the surface, in metres.
        radius_m: Search radius R, metres, > 0.
        weights: (n,) ≥ 0, by default 1 each.
        convention: `esri`, k = 3/π: the volume under the surface is the sum of the weights, less
            what the kernel spreads beyond the edge; or `qgis`, the quartic kernel of
            its heatmaps with "scaled" output, k = 116/(5π) · 15/16: 7.25 times as high everywhere,
            so no density.

    Returns:
        (height, width), weight per km²; 7.25 times that by `qgis`. The order of the points makes
        no difference, to the last bit.

    Raises:
        GridError: The grid is not in metres.
        ParamsError: The radius is not positive, or the convention is unknown.

    Sources: ArcGIS Pro, "How Kernel Density works"; QGIS, QgsKernelDensityEstimation.
    """
    grid.require_metric()
    if convention not in CONVENTIONS:
        raise ParamsError(
            f"the density convention is {convention!r}; choose {' or '.join(CONVENTIONS)}"
        )
    require_positive(radius_m, "search radius")
    kernels = _to_pixels(*sort_points(points, weights), grid)
    radius = radius_m / grid.pixel_m
    scale = CONVENTIONS[convention] / radius_m**2 * M2_PER_KM2
    strips = list(column_strips(grid.width, grid.height, radius))
    require_memory(
        strips[0].width * grid.height * _BYTES_PER_CELL_OF_STRIP,
        f"a search radius of {radius:.3g} cells",
        "give larger cells, or a smaller search radius",
    )
    surface = np.zeros(grid.shape, np.float32)
    for strip in strips:
        near = (kernels.columns > strip.start - radius) & (
            kernels.columns < strip.stop - 1 + radius
        )
        if near.any():
            surface[:, strip.start : strip.stop] = scale * sum_kernels(
                kernels.select(near), radius, strip
            )
    return surface


def _to_pixels(points: Float64, weights: Float64, grid: Grid) -> KernelPoints:
    left, _, _, top = grid.bounds
    columns = (points[:, 0] - left) / grid.pixel_m - 0.5
    rows = (top - points[:, 1]) / grid.pixel_m - 0.5
    return KernelPoints(columns, rows, weights)


def find_peak(surface: Float32, grid: Grid) -> tuple[float, tuple[float, float]] | None:
    """Return the highest value and the centre (x, y) of its cell; None if no cell is above 0.

    Args:
        surface: (height, width); NaN cells are ignored.
        grid: Grid of the surface.
    """
    filled = np.nan_to_num(surface, nan=0.0)
    row, column = np.unravel_index(int(filled.argmax()), surface.shape)
    if not filled[row, column] > 0:
        return None
    x, y = grid.centre_of(float(row), float(column))
    return float(filled[row, column]), (float(x), float(y))
