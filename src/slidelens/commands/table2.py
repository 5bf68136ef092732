"""`slidelens table2`: print the table of the hyper-parameter experiments."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from slidelens.console import print_json
from slidelens.experiments.hyperparameters import (
    advice,
    best,
    csv_text,
    read_combinations,
    to_dict,
)
from slidelens.experiments.printing import print_combinations
from slidelens.files import write_text
from slidelens.tracking.store import EXPERIMENT, sqlite_uri, tracking_uri

log = logging.getLogger(__name__)


def command(
    store: Annotated[
        str | None,
        typer.Option(
            "--store",
            metavar="URI",
            help="MLflow store: http://host:port or a database file.",
            show_default="the repository's",
        ),
    ] = None,
    experiment: Annotated[
        str, typer.Option("--experiment", metavar="NAME", help="MLflow experiment.")
    ] = EXPERIMENT,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            metavar="NAME=VALUE",
            help="Only runs with this parameter, for example epochs=40; repeatable.",
        ),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write the table to a file too.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Print the pretraining's scores by learning rate, filters and batch size (paper, Table 2).

    The runs are read from MLflow. The best combination is the one with the highest F1 on validation
    blocks; scores on test blocks are printed, but not used for the choice.
    """
    rows = read_combinations(_store_uri(store), experiment, where or ())
    if csv is not None:
        write_text(csv, csv_text(rows))
    if as_json:
        print_json(to_dict(rows))
    else:
        print_combinations(rows)
    log.info("%s", advice(best(rows)))


def _store_uri(store: str | None) -> str:
    if not store:
        return tracking_uri()
    return store if "://" in store or store.startswith("sqlite:") else sqlite_uri(Path(store))
