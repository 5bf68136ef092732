"""`slidelens review`: turn an inventory that was edited in a GIS into labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slidelens.console import print_json, print_summary


def command(
    mapped: Annotated[Path, typer.Argument(help="The inventory as mapped, before editing.")],
    edited: Annotated[Path, typer.Argument(help="The edited copy; any vector format, any CRS.")],
    by: Annotated[str, typer.Option("--by", help="Name of the reviewer.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="GeoPackage of labels to write, for `slidelens adapt` and studies."
        ),
    ],
    corrected: Annotated[
        Path | None,
        typer.Option(
            "--corrected",
            help="GeoPackage to write with all landslides after the review, for sharing.",
        ),
    ] = None,
    reviewed: Annotated[
        Path | None,
        typer.Option(
            "--reviewed",
            help="Polygons of the area that was checked completely: landslides in it are correct,"
            " and there are no others.",
            show_default="only changes are labelled",
        ),
    ] = None,
    accept_unchanged: Annotated[
        bool,
        typer.Option("--accept-unchanged", help="Count all unchanged landslides as correct."),
    ] = False,
    previous: Annotated[
        Path | None,
        typer.Option("--previous", help="Labels of an earlier review, to keep and add to."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="When it was reviewed, for example 2018-10-02 or 2018-10-02T14:30:00Z.",
            show_default="when EDITED was last saved",
        ),
    ] = None,
    tolerance_m: Annotated[
        float,
        typer.Option(
            "--tolerance-m", help="Distance up to which outlines count as unchanged, metres."
        ),
    ] = 0.1,
) -> None:
    """Write the changes made in an edited inventory as labels.

    Drawn and reshaped polygons are landslides; what was deleted, cut off or set to the class `not
    landslide` is not. All other ground stays unknown. Prints counts and areas as JSON.
    """
    from slidelens.api.review.result import COLUMNS, require_outputs
    from slidelens.api.review.review import review

    outputs = [out, *([] if corrected is None else [corrected])]
    given = [path for path in (mapped, edited, reviewed, previous) if path is not None]
    require_outputs(outputs, tuple(given))
    found = review(
        mapped,
        edited,
        by=by,
        reviewed=reviewed,
        accept_unchanged=accept_unchanged,
        previous=previous,
        at=at,
        tolerance_m=tolerance_m,
    )
    found.save(out, corrected)
    print_json(found.to_dict())
    print_summary(["", *COLUMNS], found.change_rows())
