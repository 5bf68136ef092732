"""`slidelens dates`: set the dates of a study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slidelens.console import print_json
from slidelens.pipeline.dates import read_dates, set_dates


def command(
    dates: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="DATE",
            help="Labels, for example 2013 2014 2018-post; in time order if they do not imply one. "
            "Without labels, the current ones are printed.",
            show_default=False,
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="WEIGHTS",
            help="Weights that every date starts from: pretrained, scratch (random), previous "
            "(of the date before; the first date: pretrained) or a date.",
        ),
    ] = None,
    folder: Annotated[
        Path, typer.Option("--folder", help="Folder of params.yaml and dvc.yaml.")
    ] = Path(),
) -> None:
    """Set the dates of a study in params.yaml and dvc.yaml together, in time order.

    Labels that do not imply an order are kept in the given order, which study.order records. Only
    the entries that name dates change; the rest of both files stays the same, byte for byte.
    Without dates and --from, the dates are printed as JSON.
    """
    params = folder / "params.yaml"
    own = read_dates(params)
    if dates or start:
        set_dates(params, folder / "dvc.yaml", dates or own, start or None)
    else:
        print_json(own)
