"""`slidelens import`: bring public training sets and inventories into a study."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from slidelens.console import print_json, several
from slidelens.escaping import printable


def command(
    format: Annotated[
        Literal["landslide4sense", "hr-gldd", "sen12landslides", "folders", "coco", "inventory"],
        typer.Argument(
            metavar="FORMAT",
            help="landslide4sense, hr-gldd, sen12landslides, folders (of images and masks), coco,"
            " or inventory.",
        ),
    ],
    path: Annotated[Path, typer.Argument(help="The downloaded folder, or a file.")],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="DIR", help="Folder of the study to add files to."),
    ],
    name: Annotated[
        str | None,
        typer.Option("--name", help="Name of the files.", show_default="that of the format"),
    ] = None,
    bands: Annotated[
        list[str] | None,
        several(
            "--bands",
            metavar="BAND",
            help="Bands to take, by name; by default red, green, blue and nir, or all.",
        ),
    ] = None,
    band_names: Annotated[
        list[str] | None,
        several(
            "--band-names",
            metavar="BAND",
            help="Names of all bands in file order (hr-gldd, folders, coco).",
        ),
    ] = None,
    pixel_m: Annotated[
        float | None,
        typer.Option("--pixel-m", help="Pixel size, metres (folders, coco)."),
    ] = None,
    tile_px: Annotated[
        int | None,
        typer.Option("--tile-px", help="Tile size, pixels.", show_default="128"),
    ] = None,
    image: Annotated[
        Literal["pre", "post"] | None,
        typer.Option(
            "--image",
            help="Image before or after the event (sen12landslides).",
            show_default="post",
        ),
    ] = None,
    regions: Annotated[
        list[str] | None,
        several(
            "--regions",
            metavar="REGION",
            help="Regions to take (sen12landslides); by default all.",
        ),
    ] = None,
    category: Annotated[
        str | None,
        typer.Option("--category", help="Category of landslides (coco)."),
    ] = None,
    date: Annotated[str | None, typer.Option("--date", help="Date of an inventory.")] = None,
    crs: Annotated[
        str | None, typer.Option("--crs", help="CRS of a CSV with outlines in WKT (inventory).")
    ] = None,
) -> None:
    """Write a downloaded training set, or an inventory, as files of a study.

    A training set becomes mosaics of tiles with their inventories. Existing files are never
    overwritten. Prints tiles, landslides, bands and pixel size as JSON, and the lines to add to
    params.yaml on standard error.
    """
    from slidelens.api.importing import import_dataset

    imported = import_dataset(
        format,
        path,
        out,
        name=name,
        bands=bands or None,
        band_names=band_names or None,
        pixel_m=pixel_m,
        tile_px=tile_px,
        image=image,
        category=category,
        regions=regions or None,
        date=date,
        crs=crs,
    )
    print_json(imported.to_dict())
    for line in imported.parameters.splitlines():
        print(printable(line), file=sys.stderr)
