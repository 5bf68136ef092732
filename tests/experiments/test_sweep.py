"""The sweep: 27 combinations, and a row of each in Table 2, also if DVC had nothing to run."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from slidelens.errors import ParamsError
from slidelens.experiments.experiment import ExistingExperiment, request_experiment
from slidelens.experiments.hyperparameters import advice, best, combinations, newest
from slidelens.experiments.sweep import (
    log_restored,
    request_combinations,
    sweep,
    write_sweep_table,
)
from slidelens.tracking.reading import logged_experiments
from slidelens.tracking.run import stage_run
from slidelens.tracking.store import sqlite_uri
from support.pipeline.dvc import StandInDvc
from support.studies import write_params

METRICS: dict[str, Any] = {
    "pretrain": {
        "epoch": 3,
        "threshold": 0.5,
        "validation": {"loss": 0.2, "f1": 0.75, "precision": 0.8, "recall": 0.7},
    },
    "f1_before": {"2013": 0.5, "mean": 0.6},
    **{f"{name}_before": {"mean": 0.4} for name in ("loss", "precision", "recall")},
}


def test_the_27_combinations(tmp_path: Path) -> None:
    write_params(tmp_path, tmp_path / "raw", ["2013"])
    experiments = request_combinations(
        tmp_path, settings={"epochs": 3, "model.architecture": "resunet"}
    )
    params = [experiment.params for experiment in experiments]
    assert {(one.lr, one.filters, one.batch_size) for one in params} == {
        (lr, filters, batch)
        for lr in (1e-3, 1e-4, 1e-5)
        for filters in (8, 16, 32)
        for batch in (8, 16, 32)
    }
    assert {(one.epochs, one.model.architecture) for one in params} == {(3, "resunet")}
    assert {experiment.stage for experiment in experiments} == {"density"}
    assert len({experiment.name for experiment in experiments}) == 27
    assert experiments[0].label == "lr1e-3-f8-b8"


def test_a_value_that_is_named_twice_is_one(tmp_path: Path) -> None:
    write_params(tmp_path, tmp_path / "raw", ["2013"])
    experiments = request_combinations(
        tmp_path, learning_rates=[1e-3, 1e-3], filters=[8, 16, 8], batch_sizes=[4]
    )
    assert [one.label for one in experiments] == ["lr1e-3-f8-b4", "lr1e-3-f16-b4"]


@pytest.mark.parametrize(
    ("name", "option"), [("lr", "--lr"), ("filters", "--filters"), ("batch_size", "--batch-size")]
)
def test_what_the_sweep_varies_cannot_be_set(tmp_path: Path, name: str, option: str) -> None:
    dvc = StandInDvc()
    with pytest.raises(ParamsError, match=f"--set {name}: the sweep varies .* with {option}$"):
        sweep(dvc.repository(tmp_path), settings={name: 8})
    assert dvc.calls == []


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A study with prepared data, and the address of its MLflow store."""
    write_params(tmp_path, tmp_path / "raw", ["2013"])
    (tmp_path / "data/prepared/pretrain").mkdir(parents=True)
    uri = sqlite_uri(tmp_path / "mlflow.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    return uri


@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")
def test_an_experiment_without_work_is_logged_from_its_metrics_once(
    tmp_path: Path, store: str
) -> None:
    experiment = request_experiment(tmp_path, "lr1e-3", {"lr": 1e-3})
    for _ in range(2):
        log_restored(
            [ExistingExperiment("lr1e-3-abc", "success", experiment.params, METRICS)],
            [experiment],
            tmp_path,
        )
    (run,) = logged_experiments(store)
    assert run.name == "lr1e-3-abc"
    assert run.tags["dvc.exp_name"] == "lr1e-3-abc"
    # the table compares runs on the same data
    assert run.tags["data.data/prepared/pretrain"].endswith(".dir")
    # A later run of the same combination that is no experiment of this series, for example by
    # `dvc repro`, has no place in its table.
    with stage_run("pretrain", experiment.params.model_dump(by_alias=True)) as later:
        later.summary({"pretrain": {"validation": {"loss": 0.1, "f1": 0.9}}})
    write_sweep_table({"lr1e-3-abc"}, tmp_path)
    table = (tmp_path / "metrics/experiments/table2.csv").read_text().splitlines()
    (record,) = csv.DictReader(table)
    assert (record["run"], record["validation_f1"]) == ("lr1e-3-abc", "0.75")
    (row,) = combinations(newest([run]))
    assert (row.lr, row.f1, row.scores["test", "f1"], row.experiment) == (
        1e-3,
        0.75,
        0.6,
        "lr1e-3-abc",
    )
    assert advice(best([row])).endswith(
        "lr 1e-3, filters 4, batch_size 4; take it over with `dvc exp apply lr1e-3-abc`"
    )


@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")
def test_data_of_a_restored_pretraining_are_logged_with_the_stages_that_ran(
    tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    experiment = request_experiment(tmp_path, "lr1e-3", {"lr": 1e-3})
    params = experiment.params.model_dump(by_alias=True)
    with monkeypatch.context() as patch:
        patch.setenv("DVC_EXP_NAME", "lr1e-3-abc")
        with stage_run("density", params, {"data/prepared": "0.dir"}) as run:
            run.summary(METRICS)
    known = ExistingExperiment("lr1e-3-abc", "success", experiment.params, METRICS)
    log_restored([known], [experiment], tmp_path)
    (logged,) = logged_experiments(store)
    (row,) = combinations([logged])
    assert row.settings["data"].endswith(".dir")


@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")
def test_a_sweep_prepares_runs_logs_and_writes_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_params(tmp_path, tmp_path / "raw", ["2013"])
    (tmp_path / "data/prepared/pretrain").mkdir(parents=True)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", sqlite_uri(tmp_path / "mlflow.db"))
    dvc = StandInDvc()
    dvc.metrics = METRICS
    rows = sweep(
        dvc.repository(tmp_path),
        learning_rates=[1e-4],
        filters=[8, 16],
        batch_sizes=[32],
        settings={"epochs": 3},
    )
    assert dvc.calls[0] == ["repro", "prepare"]
    assert ["queue", "start", "--jobs", "2"] in dvc.calls
    assert [(row.lr, row.filters, row.batch_size, row.f1) for row in rows] == [
        (1e-4, 8, 32, 0.75),
        (1e-4, 16, 32, 0.75),
    ]
    assert [row.experiment for row in rows] == dvc.queued()
    table = (tmp_path / "metrics/experiments/table2.csv").read_text().splitlines()
    assert len(table) == 3
