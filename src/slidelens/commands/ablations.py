"""`slidelens ablations`: what pretraining, the start of each date, frozen layers and the number of landslides bring, in one table.

Each row is a DVC experiment of its own. Random weights get pretraining's learning rate and epochs, those of fine-tuning would be too few.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from slidelens.commands.dates import starts_from
from slidelens.commands.sweep import add_queue_options, read_settings
from slidelens.dataset.prepared import read_prepared
from slidelens.errors import ParamsError, SlidelensError
from slidelens.experiments.queue import (
    ExistingExperiment,
    RequestedExperiment,
    complete,
    known_experiments,
    prepare,
    request,
)
from slidelens.experiments.tables import DATA, FOLDER
from slidelens.files import write_text
from slidelens.learning.finetuning import nothing_to_learn
from slidelens.params.loading import load_params
from slidelens.params.schema import PRETRAINED, PREVIOUS, SCRATCH, Params
from slidelens.tracking.identity import data_hashes, flatten

log = logging.getLogger(__name__)

Changes = dict[str, Any]
NUMBERS = (5, 10, 25, 50)
SCORES = ("f1", "precision", "recall", "iou", "loss")
# Which network, and how long it was trained: the report tells what is not its own.
SETTINGS = (
    "epochs",
    "lr",
    "filters",
    "batch_size",
    "seed",
    "learning.lr_schedule",
    "model.architecture",
    "evaluate.symmetries",
    "finetune.blend_px",
)
PAPER: Changes = {
    "lr": 1e-3,
    "filters": 32,
    "batch_size": 32,
    "epochs": 250,
    "learning.patch": 128,
    "learning.fn_weight": 0.3,
    "learning.fp_weight": 0.7,
    "learning.lr_schedule": "plateau",
    "learning.averaging": 0,
    "learning.scale": 0,
    "learning.gain": 0,
    "learning.offset": 0,
    "pretrain.patience": 250,
    "finetune.blend": 1,
    "finetune.blend_px": 0,
    "evaluate.min_area_m2": 200,
    "evaluate.fragments.max_gap_m": 0,
    "evaluate.symmetries": 1,
    "evaluate.calibration": "none",
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `slidelens ablations`."""
    parser = subparsers.add_parser(
        "ablations",
        help="pretraining, starts, freezing, fewer landslides: experiments and their table",
        description=__doc__,
    )
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="LABEL",
        help="some of them, such as pretrained scratch chained (see --list)",
    )
    parser.add_argument(
        "--paper",
        action="store_true",
        help="the paper's own setting instead: 32 filters, batches of 32, 250 epochs",
    )
    parser.add_argument(
        "--list", action="store_true", help="print what each would change, run nothing"
    )
    parser.add_argument(
        "--table", action="store_true", help="print the table of what is there, run nothing"
    )
    parser.add_argument(
        "--csv",
        type=Path,
        help="where to write the table (default: metrics/experiments/ablations.csv or paper.csv in the folder)",
    )
    add_queue_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run what is missing; print the table and write it as CSV."""
    params = (
        load_params(arguments.folder / "params.yaml")
        if arguments.list or arguments.table
        else prepare(arguments.folder)
    )
    experiments = _experiments(arguments, params)
    if arguments.list:
        for one in experiments:
            print(
                f"{one.label:<32} {', '.join(f'{name}={value}' for name, value in one.changes.items())}"
            )
        return 0
    known = (
        _there(experiments, arguments.folder)
        if arguments.table
        else complete(experiments, arguments.folder, arguments.jobs)
    )
    table = table_of(matched(experiments, known), params)
    default = arguments.folder / FOLDER / ("paper.csv" if arguments.paper else "ablations.csv")
    write_text(
        arguments.csv or default,
        table.assign(**{DATA: _ground(arguments.folder)}).to_csv(index=False),
    )
    print(table_text(table, params))
    return 0


def _experiments(arguments: argparse.Namespace, params: Params) -> list[RequestedExperiment]:
    common = read_settings(arguments.set)
    shared = request(arguments.folder, "all", common).params
    every = (
        {"paper": PAPER | common}
        if arguments.paper
        else ablations(shared, learnable(params, arguments.folder))
    )
    if unknown := sorted(set(arguments.only or ()) - every.keys()):
        raise ParamsError(
            f"--only {unknown[0]}: there is no such ablation; there are {', '.join(every)}"
        )
    chosen = {
        label: changes
        for label, changes in every.items()
        if not arguments.only or label in arguments.only
    }
    return [
        request(arguments.folder, label, common | changes, arguments.stage)
        for label, changes in chosen.items()
    ]


def _there(experiments: Sequence[RequestedExperiment], folder: Path) -> list[ExistingExperiment]:
    known = [
        one
        for one in known_experiments(folder)
        if one.state == "success" and any(one.is_(other) for other in experiments)
    ]
    if not known:
        raise SlidelensError(
            "none of these experiments has been run on the commit that is checked out; run `make ablations`"
        )
    return known


def matched(
    experiments: Sequence[RequestedExperiment], known: Sequence[ExistingExperiment]
) -> list[tuple[RequestedExperiment, ExistingExperiment]]:
    """Each experiment that is there, once; two that change the same, as with a single date to learn from, have the same one."""
    first = [(one, next((other for other in known if other.is_(one)), None)) for one in experiments]
    return [(one, other) for one, other in first if other is not None]


def learnable(params: Params, folder: Path) -> list[str]:
    """The dates that have landslides to learn from; the others keep the pretrained weights whatever is tried."""
    return [
        date
        for date in params.dates
        if not nothing_to_learn(read_prepared(folder / "data/prepared" / date), params)
    ]


def ablations(params: Params, dates: Sequence[str]) -> dict[str, Changes]:
    """Each experiment's changes, by its label. dates: those that can be trained on."""
    if odd := [date for date in dates if "." in date]:
        raise ParamsError(
            f"the date {odd[0]} has a '.', which `dvc exp run -S` takes for a section; choose another label with `slidelens dates`"
        )
    pretrained = _starts(dict.fromkeys(dates, PRETRAINED))
    scratch = _starts(dict.fromkeys(dates, SCRATCH)) | _as_pretraining(params)
    fewer = {
        f"{label}-{number}-landslides": changes | {"finetune.landslides": number}
        for label, changes in (("pretrained", pretrained), ("scratch", scratch))
        for number in NUMBERS
    }
    return {
        "pretrained": pretrained,
        "scratch": scratch,
        "chained": _starts(starts_from(PREVIOUS, dates)),
        "freeze-encoder": pretrained | {"finetune.freeze": "encoder"},
        "freeze-all-but-head": pretrained | {"finetune.freeze": "all_but_head"},
        "slow-encoder": pretrained | {"finetune.encoder_lr_share": 0.1},
        **fewer,
    }


def _starts(starts: Mapping[str, str]) -> Changes:
    return {f"finetune.from.{date}": start for date, start in starts.items()}


def _as_pretraining(params: Params) -> Changes:
    """Fine-tuning as long and as fast as pretraining."""
    schedule = {
        f"finetune.{name}": getattr(params.pretrain, name)
        for name in ("patches_per_epoch", "patience", "lr_patience")
    }
    return {"finetune.epochs": params.epochs, "finetune.lr_share": 1} | schedule


def table_of(
    pairs: Sequence[tuple[RequestedExperiment, ExistingExperiment]], params: Params
) -> pd.DataFrame:
    """A row an experiment: what it is, the mean scores on the test blocks over the dates, and F1 date by date."""
    table = pd.DataFrame([_row(one, other.metrics, params) for one, other in pairs])
    return table.astype(
        dict.fromkeys([name for name in table.columns if str(name).startswith(SCORES)], float)
    )


def _row(one: RequestedExperiment, metrics: Mapping[str, Any], params: Params) -> dict[str, Any]:
    tuning = one.params.finetune
    values = flatten(one.params.model_dump(mode="json", by_alias=True))
    settings = {name: values[name] for name in SETTINGS}
    what = {
        "experiment": one.label,
        **settings,
        "landslides": tuning.landslides or "all",
        "freeze": tuning.freeze,
    }
    scores = {name: metrics[name]["mean"] for name in SCORES}
    by_date = {
        f"f1_{date}": metrics["f1"].get(date) for date in params.dates
    }  # DVC leaves out what is null: dates without a score
    return {**what, **scores, "f1_before": metrics["f1_before"]["mean"], **by_date}


def _ground(folder: Path) -> str:
    """By which the report knows whether the table is of its own ground; empty where that is not checked out."""
    ground = folder / "data/prepared"
    return data_hashes([ground])[ground.as_posix()] if ground.is_dir() else ""


def table_text(table: pd.DataFrame, params: Params) -> str:
    """The table for a terminal, with three digits; – where a score has no meaning."""
    simulated = ", simulated demo study" if params.study.root == "demo/study" else ""
    shown = table.drop(columns=[*SETTINGS, "landslides", "freeze"]).rename(
        columns=lambda name: name.removeprefix("f1_") if name != "f1_before" else "before"
    )
    rows = shown.to_string(index=False, float_format=lambda value: f"{value:.3f}", na_rep="–")
    return f"Scores on the test blocks, mean over the dates, and F1 of each date{simulated}\n{rows}"
