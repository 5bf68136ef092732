"""`slidelens density`: compute the kernel density of an inventory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from slidelens.console import print_json
from slidelens.outputs import require_geotiff


def command(
    inventory: Annotated[
        Path, typer.Argument(help="Polygons, one per landslide; their centroids are counted.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="GeoTIFF to write; by default only numbers are printed."),
    ] = None,
    convention: Annotated[
        Literal["esri", "qgis"],
        typer.Option(
            "--convention",
            help="Scale of the surface: `esri`, landslides per km²; `qgis`, 7.25 times as high, as"
            " in QGIS's heatmaps with scaled output, which are not densities.",
        ),
    ] = "esri",
    radius_m: Annotated[
        float | None,
        typer.Option(
            "--radius-m",
            help="Search radius, metres.",
            show_default="Esri's, from the spread and number of the landslides",
        ),
    ] = None,
    cell_m: Annotated[
        float | None,
        typer.Option(
            "--cell-m",
            help="Side of a cell, metres.",
            show_default="Esri's, the shorter side of the extent / 250",
        ),
    ] = None,
    weight: Annotated[
        Literal["number", "area"],
        typer.Option("--weight", help="Count landslides, or sum their areas in m²."),
    ] = "number",
    aoi: Annotated[
        Path | None,
        typer.Option(
            "--aoi",
            help="Polygon of the mapped area.",
            show_default="the bounding box of the landslides",
        ),
    ] = None,
) -> None:
    """Compute the kernel density of an inventory, landslides per km².

    Prints number, mean and peak density, search radius and areas as JSON. `unit` applies to the
    surface and its peak; the mean is always per km².
    """
    from slidelens.api.density import kernel_density

    if out is not None:
        require_geotiff(out)
    density = kernel_density(
        inventory,
        area=aoi,
        radius_m=radius_m,
        cell_m=cell_m,
        convention=convention,
        weight=weight,
    )
    if out is not None:
        density.save(out)
    print_json(density.to_dict())
