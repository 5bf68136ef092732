"""Compare the logged pretrainings by learning rate, filters and batch size (Table 2 of the paper).

The best combination is chosen on validation blocks; the scores on test blocks stand beside and
choose nothing.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from slidelens.errors import ParamsError, TrackingError
from slidelens.escaping import csv_cell
from slidelens.experiments.tables import DATA, TEST_DATES, is_same_value
from slidelens.tracking.reading import LoggedExperiment, logged_experiments
from slidelens.tracking.store import EXPERIMENT

log = logging.getLogger(__name__)

PARTS = ("validation", "test")
SCORES = ("loss", "precision", "recall", "f1")
_COMBINED = ("lr", "filters", "batch_size")
# What else decides a pretraining: runs that differ here do not belong into one table.
DATA_TAG = "data.data/prepared/pretrain"
_PRETRAINING = ("epochs", "seed", "study.", "split.", "model.", "learning.", "pretrain.", DATA_TAG)
_SETTINGS = ("epochs", "seed", "learning.lr_schedule", "model.architecture", "evaluate.symmetries")
_AREA_ONLY = ("split.dates",)


@dataclass(frozen=True, kw_only=True)
class Combination:
    """The newest pretraining with these hyper-parameters: a row of the table.

    Attributes:
        lr: Learning rate.
        filters: Filters of the first block.
        batch_size: Patches a step.
        scores: Scores by part of the split and name; None where undefined.
        settings: What else the report must know: epochs, seed, architecture, symmetries, the
            dates whose test blocks were scored, and the MD5 of the prepared pretraining data,
            empty if it was not logged.
        run: Name in MLflow.
        experiment: Name in DVC; None if it was no DVC experiment.
    """

    lr: float
    filters: int
    batch_size: int
    scores: dict[tuple[str, str], float | None]
    settings: dict[str, str]
    run: str
    experiment: str | None = None

    @property
    def f1(self) -> float:
        """F1 on the validation blocks; below every other where it is undefined."""
        value = self.scores["validation", "f1"]
        return -1.0 if value is None or math.isnan(value) else value


def read_combinations(
    store: str, experiment: str = EXPERIMENT, conditions: Sequence[str] = ()
) -> list[Combination]:
    """Return the newest pretraining of each combination, in the paper's order.

    Warns if the runs differ in more than the combination.

    Args:
        store: Address of the MLflow store.
        experiment: Name of the MLflow experiment.
        conditions: Texts like `epochs=40`: only runs with these parameters.

    Raises:
        ParamsError: If a condition is none, or names an unknown parameter.
        TrackingError: If the store cannot be read or holds no such pretraining.
    """
    runs = newest(matching(logged_experiments(store, experiment), conditions))
    if not runs:
        wanted = " and ".join([f"experiment {experiment}", *conditions])
        raise TrackingError(
            f"no finished pretraining of {wanted} is logged in {store}; "
            "run `dvc repro` or `dvc exp run` first"
        )
    if mixed := differences(runs):
        log.warning(
            "these runs differ in more than the table shows: %s; narrow them with --where",
            "; ".join(mixed),
        )
    return combinations(runs)


def matching(runs: Iterable[LoggedExperiment], conditions: Sequence[str]) -> list[LoggedExperiment]:
    """Return the runs whose parameters have the values of all conditions.

    Args:
        runs: Logged experiments.
        conditions: Texts like `model.architecture=unet`; numbers are compared as numbers.

    Raises:
        ParamsError: If a condition has no equals sign, or names an unknown parameter.
    """
    values = [condition.partition("=") for condition in conditions]
    for condition, (_, equals, _) in zip(conditions, values, strict=True):
        if not equals:
            raise ParamsError(
                f"--where {condition}: give a parameter and its value, for example epochs=40"
            )
    runs = list(runs)
    for name, _, _ in values:
        if runs and not any(name in run.params for run in runs):
            raise ParamsError(
                f"--where {name}: no logged run has that parameter; "
                f"there are {', '.join(sorted(runs[0].params))}"
            )
    return [
        run
        for run in runs
        if all(is_same_value(run.params.get(name, ""), value) for name, _, value in values)
    ]


def newest(runs: Iterable[LoggedExperiment]) -> list[LoggedExperiment]:
    """Return the newest run of each combination whose pretraining was finished.

    Args:
        runs: Logged experiments, newest first.
    """
    chosen: dict[tuple[float, int, int], LoggedExperiment] = {}
    for run in runs:
        if "pretrain.validation.loss" not in run.metrics or not {*_COMBINED} <= {*run.params}:
            continue
        if (values := _combined(run)) is None:
            log.warning("the run %s is left out: lr, filters or batch_size is no number", run.name)
        else:
            chosen.setdefault(values, run)
    return list(chosen.values())


def _combined(run: LoggedExperiment) -> tuple[float, int, int] | None:
    """Return learning rate, filters and batch size; None if another program logged others."""
    try:
        lr, filters, batch_size = (float(run.params[name]) for name in _COMBINED)
        values = lr, int(filters), int(batch_size)
    except (KeyError, ValueError, OverflowError):  # of NaN and infinity
        return None
    return values if math.isfinite(lr) else None


def _dates(run: LoggedExperiment) -> str:
    try:
        dates = json.loads(run.params.get("dates", "[]"))
    except (ValueError, RecursionError):  # MLflow may have cut the text
        return ""
    return ", ".join(map(str, dates)) if isinstance(dates, list) else ""


def differences(runs: Sequence[LoggedExperiment]) -> list[str]:
    """Return what else than the combination differs between pretrainings: `epochs (20, 250)`."""
    settings = [run.params | run.tags for run in runs]
    names = {name for values in settings for name in values if name.startswith(_PRETRAINING)}
    values = {
        name: sorted({values.get(name, "none") for values in settings})
        for name in sorted(names.difference(_AREA_ONLY))
    }
    return [f"{name} ({', '.join(texts)})" for name, texts in values.items() if len(texts) > 1]


def combinations(runs: Iterable[LoggedExperiment]) -> list[Combination]:
    """Return rows in the paper's order: by falling learning rate, then batch size, then filters."""
    return sorted(map(_combination, runs), key=lambda row: (-row.lr, row.batch_size, row.filters))


def _combination(run: LoggedExperiment) -> Combination:
    settings = {name: run.params.get(name, "") for name in _SETTINGS}
    settings |= {
        TEST_DATES: _dates(run),
        DATA: run.tags.get(DATA_TAG, ""),
    }
    lr, filters, batch_size = _combined(run) or (math.nan, 0, 0)
    return Combination(
        lr=lr,
        filters=filters,
        batch_size=batch_size,
        scores={
            (part, score): run.metrics.get(f"pretrain.{part}.{score}")
            for part in PARTS
            for score in SCORES
        },
        settings=settings,
        run=run.name,
        experiment=run.tags.get("dvc.exp_name"),
    )


def best(rows: Sequence[Combination]) -> Combination:
    """Return the row with the highest F1 on the validation blocks; of equals the first."""
    return max(rows, key=lambda row: row.f1)


def advice(row: Combination) -> str:
    """Return how to go on with the best combination."""
    lr = power(row.lr)
    command = f"dvc exp run -S lr={lr} -S filters={row.filters} -S batch_size={row.batch_size}"
    if row.experiment:
        command = f"dvc exp apply {row.experiment}"
    return (
        f"best on the validation blocks: lr {lr}, filters {row.filters}, "
        f"batch_size {row.batch_size}; take it over with `{command}`"
    )


def power(lr: float) -> str:
    """Return a learning rate as the paper writes it: 1e-3, 2.5e-4."""
    mantissa, exponent = f"{lr:e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"


def csv_text(rows: Sequence[Combination]) -> str:
    """Return the table as CSV; an undefined score is empty."""
    records = to_dict(rows)["rows"]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: csv_cell(cell) for name, cell in row.items()} for row in records)
    return stream.getvalue()


def to_dict(rows: Sequence[Combination]) -> dict[str, Any]:
    """Return the table for JSON: {"rows": [{"lr": …, "validation_loss": …, "best": …}, …]}."""
    chosen = best(rows)
    return {"rows": [_record(row, row is chosen) for row in rows]}


def _record(row: Combination, is_best: bool) -> dict[str, Any]:
    scores = {f"{part}_{score}": value for (part, score), value in row.scores.items()}
    return {
        "lr": row.lr,
        "filters": row.filters,
        "batch_size": row.batch_size,
        **scores,
        "best": is_best,
        **row.settings,
        "run": row.run,
    }
