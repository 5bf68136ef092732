"""`slidelens sweep`: the 27 combinations of Table 2 of the paper as DVC experiments in a queue, each logged to MLflow.

Source: Bhuyan et al. (2023), doi 10.1080/15481603.2023.2182057, section 3.1.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import sys
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from slidelens.commands.table2 import (
    advice,
    best,
    combinations,
    csv_text,
    newest,
    power,
    table_text,
)
from slidelens.errors import ParamsError, TrackingError
from slidelens.experiments.queue import (
    STAGE,
    ExistingExperiment,
    RequestedExperiment,
    complete,
    prepare,
    request,
)
from slidelens.experiments.tables import FOLDER
from slidelens.files import write_text
from slidelens.stages.density import pretraining
from slidelens.tracking.identity import data_hashes
from slidelens.tracking.reading import logged_experiments
from slidelens.tracking.run import stage_run
from slidelens.tracking.store import tracking_uri

log = logging.getLogger(__name__)

GROUND = "data/prepared/pretrain"  # by which the runs of one table know that they learnt from the same data
LEARNING_RATES, FILTERS, BATCH_SIZES = (1e-3, 1e-4, 1e-5), (8, 16, 32), (8, 16, 32)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `slidelens sweep`."""
    parser = subparsers.add_parser(
        "sweep",
        help="the hyper-parameters of Table 2, as experiments in DVC's queue",
        description=__doc__,
    )
    parser.add_argument(
        "--lr",
        type=float,
        nargs="+",
        default=LEARNING_RATES,
        help="learning rates (default: 1e-3 1e-4 1e-5)",
    )
    parser.add_argument(
        "--filters",
        type=int,
        nargs="+",
        default=FILTERS,
        help="filters of the first block (default: 8 16 32)",
    )
    parser.add_argument(
        "--batch-size",
        type=int,
        nargs="+",
        default=BATCH_SIZES,
        help="patches a step (default: 8 16 32)",
    )
    add_queue_options(parser)
    parser.set_defaults(run=run)


def add_queue_options(parser: argparse.ArgumentParser) -> None:
    """What every command that fills the queue takes."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="in every experiment, as epochs=20; repeatable",
    )
    parser.add_argument(
        "--stage",
        default=STAGE,
        help="run up to this stage of dvc.yaml; pretrain: no scores on test ground (default: %(default)s)",
    )
    parser.add_argument(
        "--jobs", type=int, default=2, help="experiments at once (default: %(default)s)"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(),
        help="the folder of params.yaml and dvc.yaml (default: the current one)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run what is missing; print the table of these experiments and write it as CSV."""
    prepare(arguments.folder)
    common = read_settings(arguments.set)
    experiments = [
        request(
            arguments.folder,
            f"lr{power(lr)}-f{filters}-b{batch}",
            common | {"lr": lr, "filters": filters, "batch_size": batch},
            arguments.stage,
        )
        for lr, filters, batch in itertools.product(
            arguments.lr, arguments.filters, arguments.batch_size
        )
    ]
    known = complete(experiments, arguments.folder, arguments.jobs)
    log_restored(known, experiments, arguments.folder)
    report_table({one.name for one in known}, arguments.folder)
    return 0


def report_table(names: Set[str], folder: Path) -> None:
    """Print Table 2 of these experiments and of no others that are logged, and write it for the report."""
    with _environment(DVC_ROOT=str(folder.resolve())):
        rows = combinations(
            newest(
                run
                for run in logged_experiments(tracking_uri())
                if run.tags.get("dvc.exp_name") in names
            )
        )
    write_text(folder / FOLDER / "table2.csv", csv_text(rows))
    print(table_text(rows, bold=sys.stdout.isatty()))
    log.info("%s", advice(best(rows)))


def read_settings(given: Sequence[str]) -> dict[str, Any]:
    """`epochs=20` → {"epochs": 20}, by the rules of YAML."""
    import yaml

    pairs = [one.partition("=") for one in given]
    if wrong := [one for one, (_, equals, _) in zip(given, pairs, strict=True) if not equals]:
        raise ParamsError(f"--set {wrong[0]}: give a parameter and its value, such as epochs=20")
    return {name: yaml.safe_load(value) for name, _, value in pairs}


def log_restored(
    known: Sequence[ExistingExperiment], experiments: Sequence[RequestedExperiment], folder: Path
) -> None:
    """Log what MLflow has not seen: an experiment whose stages DVC did not have to run again logs nothing itself."""
    with _environment(DVC_ROOT=str(folder.resolve())):
        logged, ground = _logged_names(), folder / GROUND
        for one, asked in zip(known, experiments, strict=True):
            if one.name not in logged and "pretrain" in one.metrics:
                scores = pretraining(
                    one.metrics["pretrain"], one.metrics if asked.stage != "pretrain" else None
                )
                params = asked.params.model_dump(by_alias=True)
                with (
                    _environment(DVC_EXP_NAME=one.name),
                    stage_run(
                        "restored", params, {GROUND: data_hashes([ground])[ground.as_posix()]}
                    ) as log_of,
                ):
                    log_of.summary({"pretrain": scores})


def _logged_names() -> set[str]:
    try:
        return {
            run.name
            for run in logged_experiments(tracking_uri())
            if "pretrain.validation.loss" in run.metrics
        }
    except TrackingError:  # no store yet: nothing is logged; a store that cannot work is refused where it is written to
        return set()


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    """By these variables DVC tells a stage which experiment it works for."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
