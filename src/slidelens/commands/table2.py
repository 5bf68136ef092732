"""`slidelens table2`: how learning rate, filters and batch size decide the pretraining (Table 2 of the paper), from the logged runs.

The choice is made on validation ground; the scores on test ground stand beside it and choose nothing.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import logging
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slidelens.errors import ParamsError, TrackingError
from slidelens.experiments.tables import DATA, TEST_DATES
from slidelens.files import json_text, write_text
from slidelens.tracking.reading import LoggedExperiment, logged_experiments
from slidelens.tracking.store import EXPERIMENT, sqlite_uri, tracking_uri

log = logging.getLogger(__name__)

Score = float | None
GROUNDS = ("validation", "test")
SCORES = ("loss", "precision", "recall", "f1")
_COMBINED = ("lr", "filters", "batch_size")
# What else decides a pretraining: runs that differ here do not belong into one table.
_GROUND = "data.data/prepared/pretrain"
_PRETRAINING = ("epochs", "seed", "study.", "split.", "model.", "learning.", "pretrain.", _GROUND)
_SETTINGS = ("epochs", "seed", "learning.lr_schedule", "model.architecture", "evaluate.symmetries")
_AREA_ONLY = ("split.dates",)


@dataclass(frozen=True)
class Combination:
    """A row: the newest pretraining with these hyper-parameters.

    scores: (ground, score) → value, None where undefined
    settings: what else the report must know: epochs, seed, architecture, symmetries, the dates whose test ground was scored, and the MD5 of the
        pretraining ground, empty where it was not logged
    run: its name in MLflow; experiment: its name in DVC, None where it was no DVC experiment
    """

    lr: float
    filters: int
    batch_size: int
    scores: dict[tuple[str, str], Score]
    settings: dict[str, str]
    run: str
    experiment: str | None = None

    @property
    def f1(self) -> float:
        """On validation ground; below every other where it is undefined."""
        value = self.scores["validation", "f1"]
        return -1.0 if value is None else value


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `slidelens table2`."""
    parser = subparsers.add_parser(
        "table2", help="the hyper-parameter table from the logged runs", description=__doc__
    )
    parser.add_argument(
        "--store",
        metavar="URI",
        help="MLflow store: http://host:port or a database file (default: the repository's)",
    )
    parser.add_argument(
        "--experiment",
        default=EXPERIMENT,
        metavar="NAME",
        help="MLflow experiment (default: %(default)s)",
    )
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="only runs with it, as epochs=40; repeatable",
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the table to a file too")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the table; the best validation F1 is bold on a terminal and marked * elsewhere."""
    store = _store_uri(arguments.store) if arguments.store else tracking_uri()
    chosen = newest(matching(logged_experiments(store, arguments.experiment), arguments.where))
    if not chosen:
        such = " and ".join([f"experiment {arguments.experiment}", *arguments.where])
        raise TrackingError(
            f"no finished pretraining of {such} is logged in {store}; run `dvc repro` or `dvc exp run` first"
        )
    if mixed := differences(chosen):
        log.warning(
            "these runs differ in more than the table shows: %s; narrow them with --where",
            "; ".join(mixed),
        )
    rows = combinations(chosen)
    if arguments.csv:
        write_text(arguments.csv, csv_text(rows))
    print(
        json_text(as_json(rows)) if arguments.json else table_text(rows, bold=sys.stdout.isatty())
    )
    log.info("%s", advice(best(rows)))
    return 0


def _store_uri(given: str) -> str:
    return given if "://" in given or given.startswith("sqlite:") else sqlite_uri(Path(given))


def matching(
    logged: Iterable[LoggedExperiment], conditions: Sequence[str]
) -> list[LoggedExperiment]:
    """The experiments whose parameters have the values wanted, as `model.architecture=unet`; numbers are compared as numbers."""
    wanted = [condition.partition("=") for condition in conditions]
    if wrong := [
        condition
        for condition, (_, equals, _) in zip(conditions, wanted, strict=True)
        if not equals
    ]:
        raise ParamsError(f"--where {wrong[0]}: give a parameter and its value, such as epochs=40")
    logged = list(logged)
    if unknown := [
        name for name, _, _ in wanted if logged and not any(name in run.params for run in logged)
    ]:
        raise ParamsError(
            f"--where {unknown[0]}: no logged run has that parameter; there are {', '.join(sorted(logged[0].params))}"
        )
    return [
        run
        for run in logged
        if all(_same(run.params.get(name, ""), value) for name, _, value in wanted)
    ]


def _same(a: str, b: str) -> bool:
    try:
        return float(a) == float(b)
    except ValueError:
        return a == b


def newest(logged: Iterable[LoggedExperiment]) -> list[LoggedExperiment]:
    """The newest experiment of each combination whose pretraining was finished. logged: newest first."""
    finished = (
        run
        for run in logged
        if "pretrain.validation.loss" in run.metrics
        and all(name in run.params for name in _COMBINED)
    )
    chosen: dict[tuple[float, ...], LoggedExperiment] = {}
    for run in finished:
        chosen.setdefault(tuple(float(run.params[name]) for name in _COMBINED), run)
    return list(chosen.values())


def differences(chosen: Sequence[LoggedExperiment]) -> list[str]:
    """What else than the combination differs between pretrainings: `epochs (20, 250)`."""
    settings = [run.params | run.tags for run in chosen]
    names = sorted(
        {
            name
            for one in settings
            for name in one
            if name.startswith(_PRETRAINING) and name not in _AREA_ONLY
        }
    )
    values = {name: sorted({one.get(name, "none") for one in settings}) for name in names}
    return [f"{name} ({', '.join(found)})" for name, found in values.items() if len(found) > 1]


def combinations(chosen: Iterable[LoggedExperiment]) -> list[Combination]:
    """Rows in the paper's order: learning rate from high to low, then batch size, then filters."""
    return sorted(map(_combination, chosen), key=lambda row: (-row.lr, row.batch_size, row.filters))


def _combination(run: LoggedExperiment) -> Combination:
    scores = {
        (ground, score): run.metrics.get(f"pretrain.{ground}.{score}")
        for ground in GROUNDS
        for score in SCORES
    }
    settings = {name: run.params.get(name, "") for name in _SETTINGS}
    settings |= {
        TEST_DATES: ", ".join(json.loads(run.params.get("dates", "[]"))),
        DATA: run.tags.get(_GROUND, ""),
    }
    lr, filters, batch_size = (run.params[name] for name in _COMBINED)
    return Combination(
        float(lr),
        int(filters),
        int(batch_size),
        scores,
        settings,
        run.name,
        run.tags.get("dvc.exp_name"),
    )


def best(rows: Sequence[Combination]) -> Combination:
    """The highest F1 on validation ground; of equals the first in the table."""
    return max(rows, key=lambda row: row.f1)


def advice(row: Combination) -> str:
    """How to go on with the best combination."""
    what = f"best on validation ground: lr {power(row.lr)}, filters {row.filters}, batch_size {row.batch_size}"
    set_them = f"`dvc exp run -S lr={power(row.lr)} -S filters={row.filters} -S batch_size={row.batch_size}`"
    return f"{what}; take it over with {f'`dvc exp apply {row.experiment}`' if row.experiment else set_them}"


def table_text(rows: Sequence[Combination], bold: bool = False) -> str:
    """The table for a terminal; the best row in bold, or else marked with *."""
    names = ["lr", "filters", "batch_size", *SCORES, *SCORES]
    cells = [_cells(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in [names, *cells]
    ]
    starts = [sum(widths[:i]) + 2 * i for i in (3, 7)]
    heading = f"{'':{starts[0]}}{'validation ground':{starts[1] - starts[0]}}test ground"
    marked = [
        _marked(line, row is best(rows), bold) for line, row in zip(lines[1:], rows, strict=True)
    ]
    return "\n".join([heading, lines[0], *marked])


def _cells(row: Combination) -> list[str]:
    scores = ["-" if value is None else f"{value:.3f}" for value in row.scores.values()]
    return [power(row.lr), str(row.filters), str(row.batch_size), *scores]


def power(lr: float) -> str:
    """A learning rate as the paper writes it, 1e-3; 2.5e-4."""
    mantissa, exponent = f"{lr:e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"


def _marked(line: str, chosen: bool, bold: bool) -> str:
    if not chosen:
        return line
    return f"\033[1m{line}\033[0m" if bold else f"{line} *"


def csv_text(rows: Sequence[Combination]) -> str:
    """The table as CSV; an undefined score is empty."""
    records = as_json(rows)["rows"]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return stream.getvalue()


def as_json(rows: Sequence[Combination]) -> dict[str, Any]:
    """{"rows": [{"lr", "filters", "batch_size", "validation_loss", …, "test_f1", "best", "epochs", …, "data", "run"}, …]}."""
    chosen = best(rows)
    return {"rows": [_record(row, row is chosen) for row in rows]}


def _record(row: Combination, chosen: bool) -> dict[str, Any]:
    scores = {f"{ground}_{score}": value for (ground, score), value in row.scores.items()}
    return {
        "lr": row.lr,
        "filters": row.filters,
        "batch_size": row.batch_size,
        **scores,
        "best": chosen,
        **row.settings,
        "run": row.run,
    }
