"""`slidelens catalog`: write a finished study as a STAC collection, with a QGIS project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slidelens.console import print_json, several


def command(
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="New folder, or the folder of an earlier catalogue, which is replaced.",
        ),
    ],
    qgis: Annotated[
        bool,
        typer.Option(
            "--qgis",
            help="Also write study.qgz, a QGIS project with images, maps, inventories and histories"
            " by date.",
        ),
    ] = False,
    copy: Annotated[
        bool,
        typer.Option(
            "--copy",
            help="Copy images, maps and weights into the folder, so that it can be moved and"
            " shared; otherwise they are linked in place.",
        ),
    ] = False,
    when: Annotated[
        list[str] | None,
        several(
            "--when",
            metavar="DATE=DAY",
            help="When the image of a date was taken, if neither label nor file says so, for"
            " example post=2018-09-20.",
        ),
    ] = None,
) -> None:
    """Write a finished study as a STAC collection, with an item for each date and weights file.

    Inventories are rewritten with documented columns and styles for QGIS. All links are
    relative. Prints the files as JSON.
    """
    from slidelens.api.catalog import write_catalog
    from slidelens.api.inputs.dates import dated_texts

    told = dated_texts(when or [], "--when", "DAY", "post=2018-09-20")
    print_json(write_catalog(out, qgis=qgis, copy=copy, when=told).to_dict())
