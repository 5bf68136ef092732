"""`slidelens sweep`: the 27 combinations, and that Table 2 has a row of each, also where DVC had nothing to run."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from slidelens.commands import sweep
from slidelens.commands.sweep import log_restored, read_settings, report_table
from slidelens.commands.table2 import advice, best, combinations, newest
from slidelens.errors import ParamsError
from slidelens.experiments.queue import ExistingExperiment, RequestedExperiment, request
from slidelens.tracking.reading import logged_experiments
from slidelens.tracking.run import stage_run
from slidelens.tracking.store import sqlite_uri
from support.studies import write_params
from support.workshop import Workshop

METRICS: dict[str, Any] = {
    "pretrain": {
        "epoch": 3,
        "threshold": 0.5,
        "validation": {"loss": 0.2, "f1": 0.75, "precision": 0.8, "recall": 0.7},
    },
    "f1_before": {"2013": 0.5, "mean": 0.6},
    **{f"{name}_before": {"mean": 0.4} for name in ("loss", "precision", "recall")},
}


def asked(
    monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str
) -> Sequence[RequestedExperiment]:
    """What the command wants of the queue."""
    seen: list[RequestedExperiment] = []
    monkeypatch.setattr(sweep, "prepare", lambda _: None)
    monkeypatch.setattr(sweep, "complete", lambda experiments, *_: seen.extend(experiments) or [])
    monkeypatch.setattr(sweep, "log_restored", lambda *_: None)
    monkeypatch.setattr(sweep, "report_table", lambda *_: None)
    parser = argparse.ArgumentParser()
    sweep.add_parser(parser.add_subparsers())
    parsed = parser.parse_args(["sweep", "--folder", str(folder), *arguments])
    assert parsed.run(parsed) == 0
    return seen


def test_the_27_combinations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_params(tmp_path, tmp_path / "raw", ["2013"])
    experiments = asked(
        monkeypatch, tmp_path, "--set", "epochs=3", "--set", "model.architecture=resunet"
    )
    found = {(one.params.lr, one.params.filters, one.params.batch_size) for one in experiments}
    assert found == {
        (lr, filters, batch)
        for lr in (1e-3, 1e-4, 1e-5)
        for filters in (8, 16, 32)
        for batch in (8, 16, 32)
    }
    assert {
        (one.params.epochs, one.params.model.architecture, one.stage) for one in experiments
    } == {(3, "resunet", "density")}
    assert len({one.name for one in experiments}) == 27
    assert experiments[0].label == "lr1e-3-f8-b8"


def test_settings_are_read_as_yaml() -> None:
    assert read_settings(
        ["epochs=20", "learning.lr_schedule=plateau", "finetune.landslides=null"]
    ) == {
        "epochs": 20,
        "learning.lr_schedule": "plateau",
        "finetune.landslides": None,
    }
    with pytest.raises(
        ParamsError, match="--set epochs: give a parameter and its value, such as epochs=20"
    ):
        read_settings(["epochs"])


@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")
def test_an_experiment_without_work_is_logged_from_its_metrics_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_params(tmp_path, tmp_path / "raw", ["2013"])
    store = sqlite_uri(tmp_path / "mlflow.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    one = request(tmp_path, "lr1e-3", {"lr": 1e-3})
    (tmp_path / "data/prepared/pretrain").mkdir(parents=True)
    for _ in range(2):
        log_restored(
            [ExistingExperiment("lr1e-3-abc", "success", one.params, METRICS)], [one], tmp_path
        )
    (run,) = logged_experiments(store)
    assert run.name == "lr1e-3-abc"
    assert run.tags["dvc.exp_name"] == "lr1e-3-abc"
    assert run.tags["data.data/prepared/pretrain"].endswith(
        ".dir"
    )  # the table holds runs on the same data against each other
    # A later run of the same combination that is no experiment of this series, such as `dvc repro`, has no place in its table.
    (tmp_path / "metrics/experiments").mkdir(parents=True)
    with stage_run("pretrain", one.params.model_dump(by_alias=True)) as later:
        later.summary({"pretrain": {"validation": {"loss": 0.1, "f1": 0.9}}})
    report_table({"lr1e-3-abc"}, tmp_path)
    (row,) = csv.DictReader((tmp_path / "metrics/experiments/table2.csv").read_text().splitlines())
    assert (row["run"], row["validation_f1"]) == ("lr1e-3-abc", "0.75")
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


def test_queued_run_and_resumed_by_dvc_itself(finished: Workshop, tmp_path: Path) -> None:
    """Two combinations, one of them that of the commit, in which DVC has nothing to train; again, nothing is queued."""
    shop = finished.copy(tmp_path / "shop")
    command = [
        "slidelens",
        "sweep",
        "--lr",
        "0.001",
        "0.01",
        "--filters",
        "2",
        "--batch-size",
        "4",
        "--stage",
        "pretrain",
    ]
    said = shop.run(*command).stderr
    assert "2 experiments, of which 2 are to be queued" in said
    assert "2 of 2 experiments are finished" in said
    assert "2 experiments, of which 0 are to be queued" in shop.run(*command).stderr
    assert len((shop.folder / "metrics/experiments/table2.csv").read_text().splitlines()) == 3
    table = shop.run("slidelens", "table2")
    assert [line.split()[0] for line in table.stdout.splitlines()[2:]] == ["1e-2", "1e-3"]
    assert "take it over with `dvc exp apply lr1e-" in table.stderr
