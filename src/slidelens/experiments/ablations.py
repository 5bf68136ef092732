"""Measure what pretraining, the start of each date, frozen layers and more landslides bring.

Each row of the table is a DVC experiment of its own. Training from random weights gets
pretraining's learning rate and epochs; those of fine-tuning would be too few.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from slidelens.dataset.prepared import read_prepared
from slidelens.errors import ParamsError, SlidelensError
from slidelens.escaping import csv_text
from slidelens.experiments.experiment import (
    STAGE,
    ExistingExperiment,
    RequestedExperiment,
    and_more,
    request_experiment,
)
from slidelens.experiments.repository import DvcRepository
from slidelens.experiments.tables import ABLATION_SETTINGS, DATA, F1_OF_DATE
from slidelens.files import write_text
from slidelens.layout import Layout
from slidelens.learning.finetuning import nothing_to_learn
from slidelens.params.dates import PRETRAINED, PREVIOUS, SCRATCH
from slidelens.params.schema import Params
from slidelens.params.starts import starting_weights
from slidelens.tracking.identity import data_hashes, flatten

log = logging.getLogger(__name__)

Changes = dict[str, Any]
Pair = tuple[RequestedExperiment, ExistingExperiment]

NUMBERS = (5, 10, 25, 50)  # of landslides
SCORES = ("f1", "precision", "recall", "iou", "loss")
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


def request_ablations(
    params: Params,
    folder: Path,
    *,
    paper: bool = False,
    labels: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    stage: str = STAGE,
) -> list[RequestedExperiment]:
    """Return the experiments of the table.

    Args:
        params: Parameters of the folder's params.yaml.
        folder: Folder of params.yaml and of the prepared data.
        paper: The paper's own setting instead.
        labels: Some of the experiments; none: all.
        settings: Value of other parameters in every experiment, by name.
        stage: Last stage to run.

    Raises:
        ParamsError: If a label is unknown, a name is no parameter, or a value does not fit.
    """
    common = dict(settings or {})
    shared = request_experiment(folder, "all", common).params
    if paper:
        changes = {"paper": PAPER | common}
    else:
        changes = ablations(shared, learnable_dates(params, folder))
    if unknown := sorted(set(labels) - changes.keys()):
        raise ParamsError(
            f"--only {unknown[0]}: there is no such ablation; there are {', '.join(changes)}"
        )
    wanted = [label for label in changes if not labels or label in labels]
    for name, value in common.items():
        own = [label for label in wanted if changes[label].get(name, value) != value]
        if own:
            log.warning(
                "--set %s=%s does not hold in %s%s, where the experiment itself sets it",
                name,
                value,
                own[0],
                and_more(own),
            )
    return [request_experiment(folder, label, common | changes[label], stage) for label in wanted]


def ablations(params: Params, dates: Sequence[str]) -> dict[str, Changes]:
    """Return the changes of each experiment by its label.

    Args:
        params: Parameters that the experiments share.
        dates: Dates that can be trained on.

    Raises:
        ParamsError: If DVC cannot set a parameter of a date.
    """
    if dotted := [date for date in dates if "." in date]:
        raise ParamsError(
            f"the date {dotted[0]} has a '.', which `dvc exp run -S` takes for a section; "
            "choose another label with `slidelens dates`"
        )
    pretrained = _start_from(dict.fromkeys(dates, PRETRAINED))
    scratch = _start_from(dict.fromkeys(dates, SCRATCH)) | _train_as_pretraining(params)
    fewer = {
        f"{label}-{number}-landslides": changes | {"finetune.landslides": number}
        for label, changes in (("pretrained", pretrained), ("scratch", scratch))
        for number in NUMBERS
    }
    return {
        "pretrained": pretrained,
        "scratch": scratch,
        "chained": _start_from(starting_weights(PREVIOUS, dates)),
        "freeze-encoder": pretrained | {"finetune.freeze": "encoder"},
        "freeze-all-but-head": pretrained | {"finetune.freeze": "all_but_head"},
        "slow-encoder": pretrained | {"finetune.encoder_lr_share": 0.1},
        **fewer,
    }


def learnable_dates(params: Params, folder: Path) -> list[str]:
    """Return the dates that have landslides to learn from.

    The others keep the pretrained weights in every experiment.
    """
    layout = Layout(folder)
    return [
        date
        for date in params.dates
        if not nothing_to_learn(read_prepared(layout.prepared_date(date)), params)
    ]


def finished_experiments(
    experiments: Sequence[RequestedExperiment], repository: DvcRepository
) -> list[ExistingExperiment]:
    """Return those of the experiments that are finished.

    Raises:
        SlidelensError: If none is.
    """
    known = [
        existing
        for existing in repository.experiments()
        if existing.state == "success"
        and any(existing.matches(experiment) for experiment in experiments)
    ]
    if not known:
        raise SlidelensError(
            "none of these experiments has been run on the commit that is checked out; "
            "run `make ablations`"
        )
    return known


def pair_experiments(
    experiments: Sequence[RequestedExperiment], known: Sequence[ExistingExperiment]
) -> list[Pair]:
    """Return each requested experiment that exists, with what DVC knows of it.

    Two that change the same, as with a single date to learn from, have the same one.
    """
    pairs = [
        (experiment, next((existing for existing in known if existing.matches(experiment)), None))
        for experiment in experiments
    ]
    return [(experiment, existing) for experiment, existing in pairs if existing is not None]


def ablation_scores(pairs: Sequence[Pair], params: Params) -> pd.DataFrame:
    """Return a row for each experiment.

    Its columns are what the experiment is, the scores on the test blocks as means over the dates,
    and F1 of each date.

    Args:
        pairs: Experiments and what DVC knows of them.
        params: Parameters that name the dates.
    """
    table = pd.DataFrame([_row(experiment, known.metrics, params) for experiment, known in pairs])
    scores = [name for name in table.columns if str(name).startswith(SCORES)]
    return table.astype(dict.fromkeys(scores, float))


def write_ablations(path: Path, table: pd.DataFrame, folder: Path) -> None:
    """Write the table as CSV with the MD5 of the data that it is from.

    Args:
        path: File to write.
        table: Rows of `ablation_scores`.
        folder: Folder of the prepared data; the MD5 is empty if they are not checked out.
    """
    prepared = Layout(folder).prepared
    digest = data_hashes([prepared])[prepared.as_posix()] if prepared.is_dir() else ""
    write_text(path, csv_text(table.assign(**{DATA: digest})))


def _start_from(starts: Mapping[str, str]) -> Changes:
    return {f"finetune.from.{date}": start for date, start in starts.items()}


def _train_as_pretraining(params: Params) -> Changes:
    """Return the changes for fine-tuning as long and as fast as pretraining."""
    schedule = {
        f"finetune.{name}": getattr(params.pretrain, name)
        for name in ("patches_per_epoch", "patience", "lr_patience")
    }
    return {"finetune.epochs": params.epochs, "finetune.lr_share": 1} | schedule


def _row(
    experiment: RequestedExperiment, metrics: Mapping[str, Any], params: Params
) -> dict[str, Any]:
    tuning = experiment.params.finetune
    values = flatten(experiment.params.model_dump(mode="json", by_alias=True))
    return {
        "experiment": experiment.label,
        **{name: values[name] for name in ABLATION_SETTINGS},
        "landslides": tuning.landslides or "all",
        "freeze": tuning.freeze,
        **{name: _score(metrics, name, "mean") for name in SCORES},
        "f1_before": _score(metrics, "f1_before", "mean"),
        **{f"{F1_OF_DATE}{date}": _score(metrics, "f1", date) for date in params.dates},
    }


def _score(metrics: Mapping[str, Any], name: str, date: str) -> float | None:
    """Return a score; None without one: DVC leaves out what is null."""
    values = metrics.get(name)
    value = values.get(date) if isinstance(values, Mapping) else None
    return float(value) if isinstance(value, int | float) else None
