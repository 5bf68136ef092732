"""Stages as MLflow runs: parameters, curves, scores, and how a run ends."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from slidelens.tracking.identity import identify
from slidelens.tracking.reading import logged_experiments
from slidelens.tracking.run import StageRun, stage_run
from slidelens.tracking.store import connect, tracking_uri
from support.tracking.stores import environment, parents_and_children

# MLflow 3.17 uses a loader option that SQLAlchemy 2.1 has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")


def local_path(artifact_uri: str) -> Path:
    return Path(urllib.request.url2pathname(artifact_uri.removeprefix("file://")))


def test_a_stage_is_a_child_of_its_experiment(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DVC_EXP_NAME", "puffy-aims")
    monkeypatch.setenv("DVC_EXP_BASELINE_REV", "abc123")
    figure = tmp_path / "curves.png"
    figure.write_bytes(b"PNG")
    params = {
        "lr": 1e-5,
        "test": "whole",
        "model": {"filters": 8},
        "dates": ["2015", "2016"],
        "study": {"crs": None},
    }
    with stage_run("finetune", params, {"data/prepared/2015": "1f.dir"}, "2015") as run:
        run.epoch(0, {"loss": 0.9, "val_f1": None})
        run.epoch(1, {"loss": 0.5, "val_f1": 0.4})
        run.scores({"f1": 0.7, "before": {"f1": 0.6}})
        run.figure(figure)
        run.text("model.txt", "U-Net")
        run.tags({"device": "CPU"})

    uri = tracking_uri()
    (parent,), (child,) = parents_and_children(uri, test="whole")
    logged = {
        "lr": "1e-05",
        "test": "whole",
        "model.filters": "8",
        "dates": '["2015", "2016"]',
        "study.crs": "null",
    }
    assert parent.data.params == child.data.params == logged
    assert (parent.info.run_name, child.info.run_name) == ("puffy-aims", "finetune-2015")
    assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
    for tags in (parent.data.tags, child.data.tags):
        assert (
            tags["dvc.exp_name"],
            tags["dvc.baseline_rev"],
            tags["data.data/prepared/2015"],
        ) == ("puffy-aims", "abc123", "1f.dir")
    assert (child.data.tags["slidelens.stage"], child.data.tags["device"]) == (
        "finetune@2015",
        "CPU",
    )
    assert parent.data.metrics == {"finetune.2015.f1": 0.7, "finetune.2015.before.f1": 0.6}
    assert child.data.metrics == {"loss": 0.5, "val_f1": 0.4, "f1": 0.7, "before.f1": 0.6}
    history = connect(uri).get_metric_history(child.info.run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(0, 0.9), (1, 0.5)]
    assert (parent.info.status, child.info.status) == ("FINISHED", "FINISHED")
    artifacts = local_path(child.info.artifact_uri)
    assert artifacts.is_relative_to(root / "mlartifacts")
    assert (artifacts / "figures" / "curves.png").read_bytes() == b"PNG"
    assert (artifacts / "model.txt").read_text() == "U-Net"


def test_the_stages_of_an_experiment_share_a_parent_and_another_parameter_makes_another(
    root: Path,
) -> None:
    for stage, lr in (("pretrain", 1e-3), ("density", 1e-3), ("pretrain", 1e-4)):
        with stage_run(stage, {"lr": lr, "test": "shared"}):
            pass
    parents, children = parents_and_children(tracking_uri(), test="shared")
    lr_of = {parent.info.run_id: parent.data.params["lr"] for parent in parents}
    assert sorted(lr_of.values()) == ["0.0001", "0.001"]
    assert [lr_of[child.data.tags["mlflow.parentRunId"]] for child in children] == [
        "0.001",
        "0.001",
        "0.0001",
    ]


def test_an_undefined_score_is_named_not_logged(root: Path) -> None:
    with stage_run("evaluate", {"test": "undefined"}, date="2013") as run:
        run.scores({"f1": None, "loss": 0.2, "recall": float("nan")})
    (parent,), (child,) = parents_and_children(tracking_uri(), test="undefined")
    assert child.data.tags["undefined"] == "f1, recall"
    assert child.data.metrics == {"loss": 0.2}
    assert parent.data.metrics == {"evaluate.2013.loss": 0.2}


def test_a_final_score_is_the_last_point_of_a_curve_of_its_name(root: Path) -> None:
    with stage_run("pretrain", {"test": "latest"}) as run:
        run.epoch(7, {"f1": 0.9})
        run.scores({"f1": 0.8})
    _, (child,) = parents_and_children(tracking_uri(), test="latest")
    history = connect(tracking_uri()).get_metric_history(child.info.run_id, "f1")
    assert sorted((point.step, point.value) for point in history) == [(7, 0.9), (8, 0.8)]
    assert child.data.metrics == {"f1": 0.8}


def test_a_summary_has_also_the_scores_of_skipped_stages(root: Path) -> None:
    with stage_run("density", {"test": "summary"}) as run:
        run.summary({"pretrain": {"test_f1": 0.6}, "finetune": {"mean": {"f1": None}}})
    assert {
        run.name: run.metrics
        for run in logged_experiments(tracking_uri())
        if run.params["test"] == "summary"
    } == {identify({"test": "summary"}).name: {"pretrain.test_f1": 0.6}}


@pytest.mark.parametrize(
    ("error", "status"),
    [(ValueError("no landslide"), "FAILED"), (KeyboardInterrupt("stopped by hand"), "KILLED")],
)
def test_an_error_ends_the_run_and_goes_on_up(
    root: Path, error: BaseException, status: str
) -> None:
    with pytest.raises(type(error), match=str(error)), stage_run("pretrain", {"test": status}):
        raise error
    (parent,), (child,) = parents_and_children(tracking_uri(), test=status)
    assert (parent.info.status, child.info.status) == (status, status)
    assert child.data.tags["error"] == f"{type(error).__name__}: {error}"


def test_a_killed_stage_is_ended_by_its_next_start(root: Path) -> None:
    params = {"test": "stale"}
    killed = StageRun(tracking_uri(), "finetune", "2015", identify(params), params, {})
    killed.begin()  # and never ends, as after kill -9
    deadline = time.monotonic() + 60
    while not killed.child_id and time.monotonic() < deadline:
        time.sleep(0.01)
    with stage_run("finetune", params, date="2016"):
        pass
    (parent,), _ = parents_and_children(tracking_uri(), test="stale")
    assert parent.info.status == "RUNNING"  # as far as anyone can know, 2015 still runs
    with stage_run("finetune", params, date="2015"):
        pass
    (parent,), children = parents_and_children(tracking_uri(), test="stale")
    assert parent.info.status == "FINISHED"
    assert sorted((run.info.run_name, run.info.status) for run in children) == [
        ("finetune-2015", "FINISHED"),
        ("finetune-2015", "KILLED"),
        ("finetune-2016", "FINISHED"),
    ]


def test_nothing_is_imported_before_it_is_needed() -> None:
    code = (
        "import json, sys, slidelens.tracking.run;"
        "print(json.dumps([name for name in ('mlflow', 'pandas') if name in sys.modules]))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert json.loads(answer.stdout) == []
