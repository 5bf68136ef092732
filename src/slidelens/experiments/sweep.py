"""The combinations of Table 2 of the paper as DVC experiments, each logged to MLflow.

Source: Bhuyan et al. (2023), doi 10.1080/15481603.2023.2182057, section 3.1.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from slidelens.errors import ParamsError, TrackingError
from slidelens.experiments.experiment import (
    STAGE,
    ExistingExperiment,
    RequestedExperiment,
    request_experiment,
)
from slidelens.experiments.hyperparameters import (
    DATA_TAG,
    Combination,
    combinations,
    csv_text,
    newest,
    power,
)
from slidelens.experiments.preparation import prepare_data
from slidelens.experiments.queue import run_experiments
from slidelens.experiments.repository import DvcRepository
from slidelens.files import write_text
from slidelens.layout import Layout
from slidelens.tracking.identity import data_hashes
from slidelens.tracking.reading import logged_experiments
from slidelens.tracking.run import stage_run
from slidelens.tracking.store import tracking_uri
from slidelens.tracking.summaries import pretraining_summary

# Runs are logged with the MD5 of these data: those of one table share it.
_PREPARED = Layout().prepared_date("pretrain").as_posix()
_VARIED = {"lr": "--lr", "filters": "--filters", "batch_size": "--batch-size"}
LEARNING_RATES, FILTERS, BATCH_SIZES = (1e-3, 1e-4, 1e-5), (8, 16, 32), (8, 16, 32)


def sweep(
    repository: DvcRepository,
    *,
    learning_rates: Sequence[float] = LEARNING_RATES,
    filters: Sequence[int] = FILTERS,
    batch_sizes: Sequence[int] = BATCH_SIZES,
    settings: Mapping[str, Any] | None = None,
    stage: str = STAGE,
    jobs: int = 2,
) -> list[Combination]:
    """Run the combinations that are missing and write the table of all for the report.

    Args:
        repository: Where to run them.
        learning_rates: Learning rates.
        filters: Filters of the first block.
        batch_sizes: Patches a step.
        settings: Value of other parameters in every experiment, by name.
        stage: Last stage to run.
        jobs: Number of experiments at once.

    Returns:
        The rows of metrics/experiments/table2.csv.

    Raises:
        ParamsError: If a name is no parameter or is what the combinations vary, or a value does not
            fit.
        SlidelensError: If an experiment failed.
    """
    _require_others(settings or {})
    prepare_data(repository, needs_runs=True)
    experiments = request_combinations(
        repository.folder,
        learning_rates=learning_rates,
        filters=filters,
        batch_sizes=batch_sizes,
        settings=settings,
        stage=stage,
    )
    known = run_experiments(experiments, repository, jobs)
    log_restored(known, experiments, repository.folder)
    return write_sweep_table({experiment.name for experiment in known}, repository.folder)


def request_combinations(
    folder: Path,
    *,
    learning_rates: Sequence[float] = LEARNING_RATES,
    filters: Sequence[int] = FILTERS,
    batch_sizes: Sequence[int] = BATCH_SIZES,
    settings: Mapping[str, Any] | None = None,
    stage: str = STAGE,
) -> list[RequestedExperiment]:
    """Return an experiment for each combination; the arguments are those of `sweep`."""
    return [
        request_experiment(
            folder,
            f"lr{power(lr)}-f{number}-b{size}",
            {**(settings or {}), "lr": lr, "filters": number, "batch_size": size},
            stage,
        )
        for lr, number, size in itertools.product(
            *map(dict.fromkeys, (learning_rates, filters, batch_sizes))
        )
    ]


def _require_others(settings: Mapping[str, Any]) -> None:
    """Raise ParamsError if a setting is one of the parameters that the combinations vary."""
    for name, option in _VARIED.items():
        if name in settings:
            raise ParamsError(
                f"--set {name}: the sweep varies {name}; name its values with {option}"
            )


def write_sweep_table(names: Set[str], folder: Path) -> list[Combination]:
    """Write Table 2 of the named experiments, and of no others that are logged, for the report.

    Args:
        names: Names of the experiments in DVC.
        folder: Folder of dvc.yaml.

    Returns:
        The rows of metrics/experiments/table2.csv.
    """
    with _environment(DVC_ROOT=str(folder.resolve())):
        runs = logged_experiments(tracking_uri())
    rows = combinations(newest(run for run in runs if run.tags.get("dvc.exp_name") in names))
    write_text(Layout(folder).experiments / "table2.csv", csv_text(rows))
    return rows


def log_restored(
    known: Sequence[ExistingExperiment], experiments: Sequence[RequestedExperiment], folder: Path
) -> None:
    """Log the experiments of which MLflow does not know scores and data.

    A stage that DVC restores from its cache does not run and does not log itself: every stage of
    an experiment, or its pretraining alone.

    Args:
        known: What DVC knows of each experiment.
        experiments: The experiments as requested, in the same order.
        folder: Folder of dvc.yaml.
    """
    prepared = folder / _PREPARED
    with _environment(DVC_ROOT=str(folder.resolve())):
        logged = _logged_names()
        for existing, requested in zip(known, experiments, strict=True):
            if existing.name in logged or "pretrain" not in existing.metrics:
                continue
            date_scores = existing.metrics if requested.stage != "pretrain" else None
            scores = pretraining_summary(existing.metrics["pretrain"], date_scores)
            params = requested.params.model_dump(by_alias=True)
            data = {_PREPARED: data_hashes([prepared])[prepared.as_posix()]}
            with (
                _environment(DVC_EXP_NAME=existing.name),
                stage_run("restored", params, data) as run,
            ):
                run.summary({"pretrain": scores})


def _logged_names() -> set[str]:
    try:
        runs = logged_experiments(tracking_uri())
    except TrackingError:  # no store yet; one that cannot work is refused when it is written to
        return set()
    return {
        run.name
        for run in runs
        if "pretrain.validation.loss" in run.metrics and DATA_TAG in run.tags
    }


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    """Set variables for a while: by these DVC tells a stage which experiment it works for."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value
