"""The pipeline as users run it: DVC, Git and MLflow on a tiny simulated study.

The repository's path has a space.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from slidelens.tracking.identity import flatten
from support.pipeline.workshop import Workshop

METRICS = ("metrics/f1.json", "metrics/density.json", "metrics/pretrain.json")


@pytest.fixture
def shop(finished: Workshop, tmp_path: Path) -> Workshop:
    return finished.copy(tmp_path / "my repository")


def test_repro_goes_from_images_to_inventories(finished: Workshop) -> None:
    for date in ("2015", "2016"):
        for name in ("probability.tif", "inventory.gpkg", "scores.json"):
            assert (finished.folder / "data/maps" / date / name).exists()
        assert (finished.folder / f"models/{date}.weights.h5").exists()
    f1 = finished.json("metrics/f1.json")
    assert set(f1["f1"]) == {"2015", "2016", "mean"}
    assert {"precision", "recall"} <= set(f1)
    assert finished.json("metrics/density.json")["density"]["2016"]["manual_count"] > 0


def test_repro_leaves_nothing_for_git_to_track(finished: Workshop) -> None:
    assert finished.run("git", "status", "--porcelain").stdout == ""


def test_a_second_repro_has_nothing_to_do(shop: Workshop) -> None:
    assert "up to date" in shop.run("dvc", "repro").stdout


@pytest.mark.long
def test_own_data_never_touches_the_demo_and_a_new_date_runs_alone(shop: Workshop) -> None:
    raw = shop.folder / "data/raw"
    shutil.copytree(shop.folder / "demo/study", raw, dirs_exist_ok=True)
    shutil.rmtree(shop.folder / "demo/study")
    shop.set_params({"study": {"root": "data/raw"}})
    # The same bytes are prepared from the copy, so that nothing is trained again.
    assert shop.stages_run("dvc", "repro") == ["prepare", "lifecycle", "report"]
    assert not (shop.folder / "demo/study").exists()
    shutil.copy(raw / "scenes/2016.tif", raw / "scenes/2017.tif")
    shutil.copy(raw / "inventories/2016.gpkg", raw / "inventories/2017.gpkg")
    shop.run("slidelens", "dates", "2015", "2016", "2017")
    assert shop.stages_run("dvc", "repro") == [
        "prepare",
        "finetune@2017",
        "evaluate@2017",
        "density",
        "revise",
        "lifecycle",
        "report",
    ]


@pytest.mark.long
def test_experiments_in_the_workspace(shop: Workshop) -> None:
    shop.run(
        "dvc", "exp", "run", "-n", "slow", "-S", "lr=1e-5", "density"
    )  # DVC writes it as 1e-05, which YAML 1.1 reads as text
    assert "lr: 1e-05" in (shop.folder / "params.yaml").read_text()
    assert "1e-05" in shop.run("dvc", "params", "diff").stdout
    rows = [
        line.split()
        for line in shop.run("dvc", "metrics", "diff", "--all", "--md").stdout.splitlines()
        if "| f1." in line
    ]
    assert [row[3] for row in rows] == ["f1.2015", "f1.2016", "f1.mean"]
    assert "slow" in shop.run("dvc", "exp", "show", "--csv").stdout
    plots = json.loads(shop.run("dvc", "plots", "diff", "--json", "HEAD", "workspace").stdout)
    assert {f"metrics/history/{name}.csv" for name in ("pretrain", "2015", "2016")} <= set(
        plots["data"]
    )


@pytest.mark.long
def test_experiments_elsewhere_log_into_one_store(shop: Workshop) -> None:
    from mlflow import MlflowClient

    shop.run(
        "dvc", "exp", "run", "--temp", "-n", "elsewhere", "-S", "density.cell_m=100", "density"
    )
    shop.run("dvc", "exp", "run", "--queue", "-n", "queued-1", "-S", "finetune.epochs=1", "density")
    shop.run(
        "dvc",
        "exp",
        "run",
        "--queue",
        "-n",
        "queued-2",
        "-S",
        "finetune.lr_share=0.1",
        "-S",
        "evaluate.min_area_m2=250",
        "density",
    )
    shop.run("dvc", "queue", "start", "-j", "2")
    deadline = time.monotonic() + 400
    while "Running" in (status := shop.run("dvc", "queue", "status").stdout) or "Queued" in status:
        assert time.monotonic() < deadline, status
        time.sleep(2)
    assert status.count("Success") == 2, (
        status + shop.run("dvc", "queue", "logs", "queued-1", check=False).stdout
    )
    client = MlflowClient(f"sqlite:///{shop.folder}/mlflow.db")
    experiment = client.get_experiment_by_name("slidelens")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id], max_results=500)
    parents = {
        run.data.tags["dvc.exp_name"]: run
        for run in runs
        if "mlflow.parentRunId" not in run.data.tags and "dvc.exp_name" in run.data.tags
    }
    assert {"elsewhere", "queued-1", "queued-2"} <= set(parents)
    children = {
        run.data.tags["slidelens.stage"]
        for run in runs
        if run.data.tags.get("mlflow.parentRunId") == parents["queued-2"].info.run_id
    }
    # what comes after runs only where a map has changed
    assert {"finetune@2015", "finetune@2016", "evaluate@2015", "evaluate@2016"} <= children
    assert not list(shop.folder.glob(".dvc/tmp/exps/**/mlflow.db"))


@pytest.mark.long
def test_a_killed_stage_leaves_the_same_metrics(shop: Workshop) -> None:
    before = {name: flatten(shop.json(name)) for name in METRICS}
    process = subprocess.Popen(
        ["dvc", "repro", "--force", "pretrain"],
        cwd=shop.folder,
        env=shop.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if b"epoch 1/" in line:
            os.killpg(process.pid, signal.SIGKILL)
            break
    process.wait()
    process.stdout.close()
    assert not (shop.folder / "models/pretrained.weights.h5").exists()
    (shop.folder / ".dvc/tmp/rwlock").unlink(missing_ok=True)
    shop.run("dvc", "repro", "--no-run-cache")
    for name, values in before.items():
        # Threads share sums as they come, which may turn a single pixel.
        assert flatten(shop.json(name)) == pytest.approx(values, rel=1e-3), name
