"""Compute kernel density surfaces of inventories."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from rasterio.crs import CRS

from slidelens.analysis.inventory.kernel_density import (
    CONVENTIONS,
    KernelDensity,
    density_of_points,
    surface_grid,
    surface_unit,
)
from slidelens.analysis.inventory.lengths import require_length
from slidelens.analysis.inventory.search_radius import default_radius_m
from slidelens.analysis.inventory.statistics import inventory_statistics
from slidelens.api.inputs.inventories import InventoryLike, PathLike
from slidelens.api.inputs.mapped_inventory import read_mapped
from slidelens.api.notebook import html_list
from slidelens.errors import ParamsError
from slidelens.escaping import counted
from slidelens.geo.grid import Bounds, Grid, crs_name
from slidelens.geo.rasterise import rasterise
from slidelens.layers.surface import write_surface
from slidelens.outputs import require_geotiff
from slidelens.types import Float32, Float64

log = logging.getLogger(__name__)

Weight = Literal["number", "area"]
Convention = Literal["esri", "qgis"]
UNITS = {"number": "landslides per km²", "area": "m² of landslide per km²"}
_CLIPPED_EDGE = (
    "no correction: landslides outside the area are left out, "
    "and what the kernel spreads past its edge is lost (inside_share)"
)
_OPEN_EDGE = "no edge: the surface reaches one radius past the landslides"


@dataclass(frozen=True, repr=False)
class DensityMap:
    """A kernel density surface of an inventory.

    Attributes:
        density: The surface, and the numbers that describe it.
        grid: The grid of the surface.
        weight: "number" of landslides, or their "area" in m².
        inventory: Name of the inventory.
        area: Name of the mapped area, None for the bounding box of the landslides.
        areas_m2: (n,) areas of the counted landslides, m².
    """

    density: KernelDensity
    grid: Grid
    weight: Weight
    inventory: str
    area: str | None
    areas_m2: Float64

    @property
    def array(self) -> Float32:
        """(height, width) density in `unit`; NaN outside the mapped area."""
        return self.density.surface

    @property
    def peak(self) -> float | None:
        """Highest density in `unit`; None if it is undefined."""
        return self.density.peak_per_km2

    @property
    def unit(self) -> str:
        """Unit of the surface and its peak."""
        return surface_unit(UNITS[self.weight], self.density.convention)

    @property
    def _edge(self) -> str:
        return _OPEN_EDGE if self.area is None else _CLIPPED_EDGE

    def to_dict(self) -> dict[str, object]:
        """Return all numbers as JSON values, those of `slidelens density`."""
        statistics = vars(inventory_statistics(self.areas_m2)).items()
        return {
            **self.density.summary(),
            "weight": self.weight,
            "unit": self.unit,
            "cell_m": self.grid.pixel_m,
            "crs": crs_name(self.grid.crs),
            "mapped": self.area or "bounding box of the landslides",
            "edge": self._edge,
            **{name: value for name, value in statistics if name.endswith("area_m2")},
        }

    def save(self, path: PathLike) -> None:
        """Write the surface as a GeoTIFF.

        Raises:
            OutputError: If the file is no GeoTIFF by its name or cannot be written.
        """
        require_geotiff(Path(path))
        radius_m = self.density.radius_m
        tags = {
            "CONVENTION": self.density.convention,
            "RADIUS_M": "none" if radius_m is None else f"{radius_m:.3f}",
            "LANDSLIDES": str(self.density.n),
            "WEIGHT": self.weight,
            "EDGE": self._edge,
        }
        title = f"kernel density of {self.inventory}"
        write_surface(Path(path), self.array, self.grid, self.unit, title, tags)

    def __repr__(self) -> str:
        peak = "undefined" if self.peak is None else f"{self.peak:.4g}"
        return (
            f"<DensityMap {self.inventory}: {counted(self.density.n, 'landslide')}, "
            f"peak {peak} {self.unit}, {self.grid.describe()}>"
        )

    def _repr_html_(self) -> str:
        return html_list(
            {
                "landslides": self.density.n,
                f"peak ({self.unit})": self.peak,
                "search radius (m)": self.density.radius_m,
                "grid": self.grid.describe(),
            }
        )


def kernel_density(
    inventory: InventoryLike,
    *,
    area: InventoryLike | None = None,
    radius_m: float | None = None,
    cell_m: float | None = None,
    convention: Convention = "esri",
    weight: Weight = "number",
) -> DensityMap:
    """Compute the kernel density of the centroids of landslides.

    Args:
        inventory: Polygons, one per landslide.
        area: The mapped area; by default the bounding box of the landslides.
        radius_m: Search radius, metres; by default Esri's, from spread and number.
        cell_m: Side of a cell, metres; by default the shorter side of the extent / 250.
        convention: Scale of the surface: "esri", the density per km²; or "qgis", 7.25 times as
            high, as in QGIS's heatmaps with scaled output.
        weight: Count landslides ("number"), or sum their areas in m² ("area").

    Raises:
        InventoryError: If there is neither a landslide nor an area, or the two lie apart.
        ParamsError: If an option is out of range, or the radius has no default.
    """
    _require_known(convention, weight)
    landslides, ground, area_name = read_mapped(inventory, area)
    frame = landslides.frame
    points, areas_m2 = frame.centroid.get_coordinates().to_numpy(), np.asarray(frame.area)
    weights = areas_m2 if weight == "area" else None
    radius_m = _choose_radius_m(points, weights, radius_m, landslides.name)
    extent, crs = _extent(frame, ground, radius_m), CRS.from_user_input(frame.crs)
    grid = surface_grid(extent, crs, cell_m, "cell_m (--cell-m)")
    _warn_of_coarse_cells(radius_m, grid)
    density = density_of_points(
        points,
        grid,
        _mapped_area_m2(frame, ground),
        radius_m=radius_m,
        weights=weights,
        convention=convention,
        mapped=None if ground is None else rasterise([ground], grid),
    )
    return DensityMap(density, grid, weight, landslides.name, area_name, areas_m2)


def _require_known(convention: str, weight: str) -> None:
    for name, value, known in (("convention", convention, CONVENTIONS), ("weight", weight, UNITS)):
        if value not in known:
            raise ParamsError(f"{name} is {value}; give one of {', '.join(sorted(known))}")


def _choose_radius_m(
    points: Float64, weights: Float64 | None, radius_m: float | None, name: str
) -> float | None:
    """Return the given radius, or Esri's; None for an empty inventory."""
    if radius_m is not None:
        require_length(radius_m, "radius_m (--radius-m)")
        return float(radius_m)
    default_m = default_radius_m(points, weights)
    if default_m is None and len(points):
        number = "1 landslide" if len(points) == 1 else f"{len(points)} landslides in one place"
        raise ParamsError(
            f"{name} has {number}, for which Esri's default search radius is 0 m; give"
            " radius_m (--radius-m)"
        )
    if default_m is not None and weights is not None:
        log.warning(
            "Esri's default search radius, here %.4g m, shrinks with the sum of the areas in m²; "
            "give radius_m (--radius-m) to choose your own",
            default_m,
        )
    return default_m


def _extent(
    frame: gpd.GeoDataFrame, ground: shapely.Geometry | None, radius_m: float | None
) -> Bounds:
    """Return the bounds of the area, or those of the landslides extended by the radius."""
    left, bottom, right, top = frame.total_bounds if ground is None else shapely.bounds(ground)
    margin = (radius_m or 0.0) if ground is None else 0.0
    return left - margin, bottom - margin, right + margin, top + margin


def _mapped_area_m2(frame: gpd.GeoDataFrame, ground: shapely.Geometry | None) -> float:
    return float(shapely.area(shapely.box(*frame.total_bounds) if ground is None else ground))


def _warn_of_coarse_cells(radius_m: float | None, grid: Grid) -> None:
    if radius_m is not None and radius_m < 2 * grid.pixel_m:
        log.warning(
            "the search radius, %.4g m, is under two cells of %.4g m: "
            "the surface misses landslides; give a smaller cell_m (--cell-m)",
            radius_m,
            grid.pixel_m,
        )
