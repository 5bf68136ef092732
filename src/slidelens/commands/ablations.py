"""`slidelens ablations`: measure what each part of the method contributes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slidelens.console import print_lines, several
from slidelens.errors import ParamsError
from slidelens.experiments.ablations import (
    ablation_scores,
    finished_experiments,
    pair_experiments,
    request_ablations,
    write_ablations,
)
from slidelens.experiments.experiment import STAGE, RequestedExperiment, parse_settings
from slidelens.experiments.options import Folder, Jobs, Settings, Stage
from slidelens.experiments.preparation import prepare_data
from slidelens.experiments.printing import print_ablations
from slidelens.experiments.queue import run_experiments
from slidelens.experiments.repository import DvcRepository
from slidelens.layout import Layout
from slidelens.params.loading import load_params


def command(
    only: Annotated[
        list[str] | None,
        several(
            "--only",
            metavar="LABEL",
            help="Run only these, for example pretrained scratch chained (see --list).",
        ),
    ] = None,
    paper: Annotated[
        bool,
        typer.Option(
            "--paper",
            help="The paper's own setting instead: 32 filters, batches of 32, 250 epochs.",
        ),
    ] = False,
    list_changes: Annotated[
        bool, typer.Option("--list", help="Print what each would change; run nothing.")
    ] = False,
    table_only: Annotated[
        bool, typer.Option("--table", help="Print the table of finished experiments; run nothing.")
    ] = False,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv",
            help="Where to write the table.",
            show_default="metrics/experiments/ablations.csv or paper.csv in the folder",
        ),
    ] = None,
    settings: Settings = None,
    stage: Stage = STAGE,
    jobs: Jobs = 2,
    folder: Folder = Path(),
) -> None:
    """Measure the effect of pretraining, start weights, freezing and the number of landslides.

    Each row of the table is a DVC experiment. Random weights are trained with the learning rate and
    epochs of pretraining, because those of fine-tuning would be too low. Finished experiments
    are skipped, so the same command resumes an interrupted series. Prints the table and writes it
    as CSV.
    """
    for option, is_given in (("--table", table_only), ("--csv", csv is not None)):
        if list_changes and is_given:
            raise ParamsError(f"{option} has no use with --list; leave one of them out")
    repository = DvcRepository(folder)
    if list_changes or table_only:
        params = load_params(folder / "params.yaml")
    else:
        params = prepare_data(repository)
    experiments = request_ablations(
        params,
        folder,
        paper=paper,
        labels=only or (),
        settings=parse_settings(settings or ()),
        stage=stage,
    )
    if list_changes:
        print_lines(map(_describe, experiments))
        return
    if table_only:
        known = finished_experiments(experiments, repository)
    else:
        known = run_experiments(experiments, repository, jobs)
    table = ablation_scores(pair_experiments(experiments, known), params)
    name = "paper.csv" if paper else "ablations.csv"
    write_ablations(csv or Layout(folder).experiments / name, table, folder)
    print_ablations(table, params)


def _describe(experiment: RequestedExperiment) -> str:
    changes = ", ".join(f"{name}={value}" for name, value in experiment.changes.items())
    return f"{experiment.label:<32} {changes}"
