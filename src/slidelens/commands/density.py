"""`slidelens density`: landslides per km², as a surface (GeoTIFF) and in numbers (JSON)."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from rasterio.crs import CRS

from slidelens.analysis.inventory.kernel_density import (
    CONVENTIONS,
    KernelDensity,
    density_of_points,
    require_positive,
    surface_grid,
)
from slidelens.analysis.inventory.search_radius import default_radius_m
from slidelens.analysis.inventory.statistics import inventory_statistics
from slidelens.errors import InventoryError, ParamsError
from slidelens.files import json_text
from slidelens.geo.grid import Bounds, Grid, crs_name
from slidelens.geo.rasterise import rasterise
from slidelens.layers.metric import area_of, read_together
from slidelens.layers.surface import write_surface

log = logging.getLogger(__name__)

UNITS = {"number": "landslides per km²", "area": "m² of landslide per km²"}
_AT_AREA = "no correction: landslides outside the area are left out, and what the kernel spreads past its edge is lost (inside_share)"
_OPEN = "no edge: the surface reaches one radius past the landslides"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `slidelens density`."""
    parser = commands.add_parser(
        "density", help="kernel density of an inventory and its statistics", description=__doc__
    )
    parser.add_argument(
        "inventory", type=Path, help="polygons, one a landslide; their centroids are counted"
    )
    parser.add_argument(
        "-o", "--out", type=Path, help="GeoTIFF to write; without it only the numbers are printed"
    )
    parser.add_argument(
        "--convention",
        choices=sorted(CONVENTIONS),
        default="esri",
        help="scale of the surface (default: %(default)s)",
    )
    parser.add_argument(
        "--radius-m",
        type=float,
        help="search radius, metres (default: Esri's, from the landslides' spread and number)",
    )
    parser.add_argument(
        "--cell-m",
        type=float,
        help="side of a cell, metres (default: Esri's, the shorter side of the extent / 250)",
    )
    parser.add_argument(
        "--weight",
        choices=sorted(UNITS),
        default="number",
        help="count landslides, or their areas in m² (default: %(default)s)",
    )
    parser.add_argument(
        "--aoi",
        type=Path,
        help="polygon of the ground that was mapped (default: the landslides' bounding box)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the surface, print the numbers."""
    frame, area = read_mapped(arguments.inventory, arguments.aoi)
    points, areas_m2 = frame.centroid.get_coordinates().to_numpy(), np.asarray(frame.area)
    weights = areas_m2 if arguments.weight == "area" else None
    radius_m = _radius_m(points, weights, arguments)
    grid = surface_grid(
        _extent(frame, area, radius_m), CRS.from_user_input(frame.crs), arguments.cell_m
    )
    _warn_of_coarse_cells(radius_m, grid)
    density = density_of_points(
        points,
        grid,
        mapped_area_m2(frame, area),
        radius_m=radius_m,
        weights=weights,
        convention=arguments.convention,
        mapped=None if area is None else rasterise([area], grid),
    )
    if arguments.out:
        _write(density, grid, arguments)
    sizes = {
        name: value
        for name, value in vars(inventory_statistics(areas_m2)).items()
        if name.endswith("area_m2")
    }
    print(json_text({**density.summary(), **_settings(grid, arguments), **sizes}))
    return 0


def _settings(grid: Grid, arguments: argparse.Namespace) -> dict[str, object]:
    """What the numbers rest on."""
    return {
        "weight": arguments.weight,
        "unit": UNITS[arguments.weight],
        "cell_m": grid.pixel_m,
        "crs": crs_name(grid.crs),
        "mapped": arguments.aoi.name if arguments.aoi else "bounding box of the landslides",
        "edge": _AT_AREA if arguments.aoi else _OPEN,
    }


def read_mapped(
    inventory: Path, aoi: Path | None
) -> tuple[gpd.GeoDataFrame, shapely.Geometry | None]:
    """The landslides whose centroid lies on the mapped ground, in metres, and that ground; None where no area is given.

    Raises InventoryError where there is neither a landslide nor an area, or the two lie apart.
    """
    frame, *others = read_together([inventory] if aoi is None else [inventory, aoi])
    if aoi is None:
        if frame.empty:
            raise InventoryError(
                f"{inventory} has no landslide, and so no extent; name the ground that was mapped with --aoi"
            )
        return frame, None
    area = area_of(others[0], aoi.name)
    if len(frame) and not shapely.box(*frame.total_bounds).intersects(area):
        spans = f"{_span(frame.total_bounds)} and {_span(shapely.bounds(area))} in metres"
        raise InventoryError(f"{inventory.name} lies outside {aoi.name}: {spans}; check their CRSs")
    inside = shapely.covers(area, frame.centroid.to_numpy())
    if not inside.all():
        log.warning(
            "%s: %d of %d landslides have their centroid outside %s and are left out",
            inventory.name,
            (~inside).sum(),
            len(frame),
            aoi.name,
        )
    return frame[inside], area


def _span(bounds: np.ndarray) -> str:
    left, bottom, right, top = bounds
    return f"x {left:.0f} to {right:.0f}, y {bottom:.0f} to {top:.0f}"


def _radius_m(
    points: np.ndarray, weights: np.ndarray | None, arguments: argparse.Namespace
) -> float | None:
    """The radius asked for, or Esri's; None for an empty inventory."""
    if arguments.radius_m is not None:
        require_positive(arguments.radius_m, "search radius")
        return float(arguments.radius_m)
    radius_m = default_radius_m(points, weights)
    if radius_m is None and len(points):
        one = "1 landslide" if len(points) == 1 else f"{len(points)} landslides in one place"
        raise ParamsError(
            f"{arguments.inventory.name} has {one}, for which Esri's default search radius is 0 m; give --radius-m"
        )
    if radius_m is not None and weights is not None:
        log.warning(
            "Esri's default search radius, here %.4g m, shrinks with the sum of the areas in m²; give --radius-m to choose your own",
            radius_m,
        )
    return radius_m


def _extent(
    frame: gpd.GeoDataFrame, area: shapely.Geometry | None, radius_m: float | None
) -> Bounds:
    """The area's bounds, or those of the landslides and a radius around them."""
    left, bottom, right, top = frame.total_bounds if area is None else shapely.bounds(area)
    around = (radius_m or 0.0) if area is None else 0.0
    return left - around, bottom - around, right + around, top + around


def mapped_area_m2(frame: gpd.GeoDataFrame, area: shapely.Geometry | None) -> float:
    """The area's own, or that of the landslides' bounding box."""
    return float(shapely.area(shapely.box(*frame.total_bounds) if area is None else area))


def _warn_of_coarse_cells(radius_m: float | None, grid: Grid) -> None:
    if radius_m is not None and radius_m < 2 * grid.pixel_m:
        log.warning(
            "the search radius, %.4g m, is under two cells of %.4g m: the surface misses landslides; give a smaller --cell-m",
            radius_m,
            grid.pixel_m,
        )


def _write(density: KernelDensity, grid: Grid, arguments: argparse.Namespace) -> None:
    tags = {
        "CONVENTION": density.convention,
        "RADIUS_M": "none" if density.radius_m is None else f"{density.radius_m:.3f}",
        "LANDSLIDES": str(density.n),
        **{
            name.upper(): str(value)
            for name, value in _settings(grid, arguments).items()
            if name in ("weight", "edge")
        },
    }
    write_surface(
        arguments.out,
        density.surface,
        grid,
        UNITS[arguments.weight],
        f"kernel density of {arguments.inventory.name}",
        tags,
    )
