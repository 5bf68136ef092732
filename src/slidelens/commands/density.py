"""`slidelens density`: landslides per km², as a surface (GeoTIFF) and in numbers (JSON)."""

from __future__ import annotations

import argparse
from pathlib import Path

from slidelens.analysis.inventory.kernel_density import CONVENTIONS
from slidelens.api.density import UNITS, kernel_density
from slidelens.console import print_json


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
    density = kernel_density(
        arguments.inventory,
        area=arguments.aoi,
        radius_m=arguments.radius_m,
        cell_m=arguments.cell_m,
        convention=arguments.convention,
        weight=arguments.weight,
    )
    if arguments.out:
        density.save(arguments.out)
    print_json(density.to_dict())
    return 0
