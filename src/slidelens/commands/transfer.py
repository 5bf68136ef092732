"""`slidelens transfer`: score every date with every date's weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slidelens.escaping import csv_text
from slidelens.experiments.preparation import say_if_runs_are_deleted
from slidelens.experiments.printing import print_transfer
from slidelens.experiments.transfer import transfer
from slidelens.files import write_text
from slidelens.layout import Layout
from slidelens.params.loading import load_params


def command(
    dates: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="DATE", help="Only these dates.", show_default="all that are mapped"
        ),
    ] = None,
    folder: Annotated[Path, typer.Option("--folder", help="Folder of params.yaml.")] = Path(),
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv",
            help="Where to write the scores.",
            show_default="metrics/experiments/transfer.csv in the folder",
        ),
    ] = None,
) -> None:
    """Score every date's test blocks with every date's weights: what each network retains.

    Rows: the date trained on. Columns: the date tested on. The column `pretrain` is the
    validation blocks of the first event: a score below the pretrained network's there means
    that fine-tuning forgot the first event. Prints F1 as a matrix and writes all scores as CSV.
    """
    params = load_params(folder / "params.yaml")
    say_if_runs_are_deleted(folder)
    table = transfer(params, dates or (), folder)
    write_text(csv or Layout(folder).experiments / "transfer.csv", csv_text(table))
    print_transfer(table, params)
