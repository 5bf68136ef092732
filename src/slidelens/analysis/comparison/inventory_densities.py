"""Compare the manual and the predicted inventory of a date: statistics and kernel densities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
from shapely import STRtree

from slidelens.analysis.comparison.score_summary import round_floats
from slidelens.analysis.inventory.kernel_density import (
    KernelDensity,
    density_of_points,
    surface_grid,
)
from slidelens.analysis.inventory.search_radius import default_radius_m
from slidelens.analysis.inventory.statistics import difference, inventory_statistics
from slidelens.geo.grid import Grid
from slidelens.types import Float64, Mask

Numbers = dict[str, Any]


@dataclass(frozen=True)
class InventoryDensities:
    """Statistics and kernel densities of the inventories of a date.

    Attributes:
        table: Row of the date in the tables.
        surfaces: Kernel density of each inventory that exists.
        cells: Grid of the surfaces.
    """

    table: Numbers
    surfaces: dict[str, KernelDensity]
    cells: Grid


def compare_densities(
    inventories: Mapping[str, gpd.GeoDataFrame | None],
    mapped: Mask,
    grid: Grid,
    *,
    cell_m: float,
    radius_m: float | None,
    convention: Literal["esri", "qgis"],
) -> InventoryDensities:
    """Compute the statistics and kernel densities of a date's inventories.

    All densities have the same search radius, as only then their peaks are comparable.

    Args:
        inventories: `manual`, `predicted` and `predicted_raw` (before merging fragments); None for
            an inventory that does not exist.
        mapped: (height, width) mask of the investigation area where the image is valid.
        grid: Grid of the mask.
        cell_m: Side of a cell of the surfaces, metres.
        radius_m: Search radius, metres; by default that of the first
            inventory that has one.
        convention: Scale of the surfaces.
    """
    area_m2 = float(mapped.sum()) * grid.pixel_area_m2
    cells = surface_grid(grid.bounds, grid.crs, cell_m, "density.cell_m")
    points = {name: _centroids(frame) for name, frame in inventories.items() if frame is not None}
    default_radii_m = map(default_radius_m, points.values())
    radius_m = radius_m or next(filter(None, default_radii_m), None)
    mapped_cells = _sample_at_cells(mapped, grid, cells)
    surfaces = {
        name: density_of_points(
            centroids,
            cells,
            area_m2,
            radius_m=radius_m,
            convention=convention,
            mapped=mapped_cells,
        )
        for name, centroids in points.items()
    }
    predicted = inventories["predicted"]
    assert predicted is not None
    table = {
        "mapped_km2": area_m2 / 1e6,
        **_statistics(inventories, surfaces, area_m2),
        **unmatched_counts(inventories["manual"], predicted),
    }
    return InventoryDensities(table, surfaces, cells)


def _statistics(
    inventories: Mapping[str, gpd.GeoDataFrame | None],
    surfaces: Mapping[str, KernelDensity],
    area_m2: float,
) -> Numbers:
    numbers: Numbers = {}
    statistics = {
        name: inventory_statistics(frame.area, area_m2)
        for name, frame in inventories.items()
        if frame is not None
    }
    missing = inventory_statistics([])
    for name in inventories:
        if name in surfaces:
            surface = surfaces[name]
            numbers |= statistics[name].named(name)
            peak_per_km2, radius_m = surface.peak_per_km2, surface.radius_m
        else:
            numbers |= dict.fromkeys(missing.named(name))
            peak_per_km2, radius_m = None, None
        numbers |= {f"{name}_peak_per_km2": peak_per_km2, f"{name}_radius_m": radius_m}
    if "manual" in surfaces:
        differences = difference(statistics["predicted"], statistics["manual"])
        numbers |= {f"difference_{name}": value for name, value in differences.items()}
        peaks = numbers["predicted_peak_per_km2"], numbers["manual_peak_per_km2"]
        numbers["difference_peak_per_km2"] = None if None in peaks else peaks[0] - peaks[1]
    return round_floats(numbers)


def unmatched_counts(manual: gpd.GeoDataFrame | None, predicted: gpd.GeoDataFrame) -> Numbers:
    """Count the landslides of each inventory that touch no landslide of the other.

    Args:
        manual: Manual inventory; None if the date is not mapped, which gives None for both counts.
        predicted: Predicted inventory.
    """
    if manual is None:
        return {"manual_missed": None, "predicted_false_alarms": None}
    pairs = STRtree(predicted.geometry.to_numpy()).query(
        manual.geometry.to_numpy(), predicate="intersects"
    )
    matched_manual, matched_predicted = (len(np.unique(positions)) for positions in pairs)
    return {
        "manual_missed": len(manual) - matched_manual,
        "predicted_false_alarms": len(predicted) - matched_predicted,
    }


def _centroids(frame: gpd.GeoDataFrame) -> Float64:
    centroids = frame.centroid
    return np.column_stack([centroids.x, centroids.y]).reshape(-1, 2)


def _sample_at_cells(mapped: Mask, grid: Grid, cells: Grid) -> Mask:
    """Return the mask of the cells whose centre lies on a mapped pixel."""
    to_pixels = ~grid.transform @ cells.transform
    columns = to_pixels.a * (np.arange(cells.width) + 0.5) + to_pixels.c
    rows = to_pixels.e * (np.arange(cells.height) + 0.5) + to_pixels.f
    rows_inside = (rows >= 0) & (rows < grid.height)
    columns_inside = (columns >= 0) & (columns < grid.width)
    nearest = np.ix_(
        np.clip(rows, 0, grid.height - 1).astype(int),
        np.clip(columns, 0, grid.width - 1).astype(int),
    )
    sampled: Mask = rows_inside[:, None] & columns_inside & mapped[nearest]
    return sampled
