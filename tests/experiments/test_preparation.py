"""Data are prepared once, and those that experiments would not find are refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from slidelens.errors import SlidelensError, TrackingError
from slidelens.experiments.preparation import prepare_data, require_plots
from slidelens.tracking.store import connect, sqlite_uri
from support.pipeline.dvc import StandInDvc
from support.studies import write_params


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_params(tmp_path, tmp_path / "raw", ["2013", "2014"])
    return tmp_path


def set_root(folder: Path, root: str) -> None:
    """Set study.root in params.yaml."""
    path = folder / "params.yaml"
    values = yaml.safe_load(path.read_text())
    values["study"]["root"] = root
    path.write_text(yaml.safe_dump(values))


def test_data_that_experiments_would_not_find_are_refused(folder: Path) -> None:
    """Experiments run in copies of what Git and DVC know."""
    dvc = StandInDvc()
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    for name in ("scenes/2013.tif", "inventories/2013.gpkg"):
        path = folder / "study" / name
        path.parent.mkdir(parents=True)
        path.touch()
    set_root(folder, "study")
    with pytest.raises(
        SlidelensError,
        match=r"study/inventories/2013.gpkg \(and 1 more\) is known .*"
        "`dvc add study/inventories study/scenes`",
    ):
        prepare_data(dvc.repository(folder))
    (folder / "study/inventories.dvc").touch()
    with pytest.raises(SlidelensError, match="study/scenes/2013.tif is known neither"):
        prepare_data(dvc.repository(folder))
    subprocess.run(["git", "-C", str(folder), "add", "study/scenes/2013.tif"], check=True)
    assert prepare_data(dvc.repository(folder)).study.root == "study"
    assert dvc.calls == [["repro", "prepare"]]


def test_a_server_that_is_away_is_told_before_the_experiments_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:word@127.0.0.1:9")
    prepare_data(StandInDvc().repository(folder))
    assert caplog.messages == []
    prepare_data(StandInDvc().repository(folder), needs_runs=True)
    (message,) = caplog.messages
    assert message.startswith("the MLflow server http://127.0.0.1:9 does not answer; experiments")


def test_data_outside_the_repository_or_made_by_a_stage_are_taken(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dvc = StandInDvc()
    outside = tmp_path_factory.mktemp("outside")
    for root in (outside, folder / "demo/study"):
        (root / "scenes").mkdir(parents=True)
        (root / "scenes/2013.tif").touch()
    (folder / "demo/dvc.yaml").touch()
    for name in (str(outside), "demo/study"):
        set_root(folder, name)
        prepare_data(dvc.repository(folder))
    assert dvc.calls == [["repro", "prepare"]] * 2


def test_a_deleted_experiment_is_said_before_anything_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Half a day later nothing could be read from MLflow."""
    uri = sqlite_uri(folder / "mlflow.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    prepare_data(StandInDvc().repository(folder), needs_runs=True)  # no store yet
    client = connect(uri)
    number = client.create_experiment("slidelens")
    prepare_data(StandInDvc().repository(folder), needs_runs=True)
    client.delete_experiment(number)
    caplog.clear()
    dvc = StandInDvc()
    with pytest.raises(TrackingError, match="mlflow experiments restore -x 1"):
        prepare_data(dvc.repository(folder), needs_runs=True)
    assert dvc.calls == []
    assert caplog.text == ""
    prepare_data(dvc.repository(folder))  # of ablations, whose scores DVC knows
    assert "mlflow experiments restore -x 1" in caplog.text
    assert dvc.calls == [["repro", "prepare"]]


@pytest.mark.parametrize(
    "plot",
    ["report/table.csv", {"report": {"x": "epoch"}}, {"f1": {"y": {"report/table.csv": "f1"}}}],
)
def test_plots_that_dvc_would_miss_at_the_end_are_said_before(folder: Path, plot: object) -> None:
    """DVC looks into their folder at the end of an experiment, and fails it if it is not there."""
    dvc = StandInDvc()
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"plots": [plot, "metrics/history.csv"]}))
    require_plots(dvc.repository(folder))
    dvc.not_in_cache = ["data/maps/2013/", "reports/"]
    require_plots(dvc.repository(folder))
    dvc.not_in_cache += ["report/"]
    with pytest.raises(
        SlidelensError, match=r"lacks report/ of dvc.lock.*`dvc pull report` or `dvc repro`"
    ):
        require_plots(dvc.repository(folder))
