"""Compare the kernel densities of two inventories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from slidelens.analysis.inventory.kernel_density import density_of_points, surface_grid
from slidelens.analysis.inventory.search_radius import default_radius_m
from slidelens.api.comparison.inventory_pair import InventoryPair
from slidelens.geo.rasterise import rasterise


@dataclass(frozen=True, kw_only=True)
class DensityDifference:
    """Kernel densities of two inventories by one radius on one grid, landslides per km².

    Attributes:
        radius_m: Search radius, metres; None if neither inventory has a default.
        area_km2: The compared area.
        mean_per_km2: Landslides per km² of the compared area, "observed" and "predicted"; None if
            it is undefined.
        peak_per_km2: Highest density, "observed" and "predicted"; None if it is undefined.
        largest_difference_per_km2: Largest absolute difference of the surfaces; None without a
            radius, or if no cell's centre lies in the compared area.
    """

    radius_m: float | None
    area_km2: float
    mean_per_km2: dict[str, float | None]
    peak_per_km2: dict[str, float | None]
    largest_difference_per_km2: float | None


def compare_densities(pair: InventoryPair) -> DensityDifference:
    """Compare the kernel densities of two inventories, with one radius for both.

    The radius is Esri's default for the observed landslides, or for the predicted ones if that
    is undefined.
    """
    points = [
        shapely.get_coordinates(shapely.centroid(shapes))
        for shapes in (pair.observed, pair.predicted)
    ]
    radius_m = default_radius_m(points[0]) or default_radius_m(points[1])
    grid = surface_grid(pair.bounds, pair.crs)
    mapped = None if pair.area is None else rasterise([pair.area], grid)
    area_m2 = float(shapely.area(pair.compared))
    observed, predicted = (
        density_of_points(centroids, grid, area_m2, radius_m=radius_m, mapped=mapped)
        for centroids in points
    )
    differences = np.abs(predicted.surface - observed.surface)
    has_value = radius_m is not None and not np.isnan(differences).all()
    return DensityDifference(
        radius_m=radius_m,
        area_km2=observed.area_km2,
        mean_per_km2={"observed": observed.mean_per_km2, "predicted": predicted.mean_per_km2},
        peak_per_km2={"observed": observed.peak_per_km2, "predicted": predicted.peak_per_km2},
        largest_difference_per_km2=float(np.nanmax(differences)) if has_value else None,
    )
