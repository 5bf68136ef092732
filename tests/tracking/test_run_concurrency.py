"""Two stages that log at the same time, to a database and to a server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slidelens.tracking.reading import logged_experiments
from slidelens.tracking.store import connect
from support.tracking.stores import environment, mlflow_server, parents_and_children

# MLflow 3.17 uses a loader option that SQLAlchemy 2.1 has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")

# One stage of three epochs, in a process of its own; the sleep makes two of them overlap.
STAGE = """
import sys, time
from slidelens.tracking.run import stage_run
date, = sys.argv[1:]
with stage_run("finetune", {"lr": 1e-3, "model": {"filters": 8}}, date=date) as run:
    for step in range(3):
        run.epoch(step, {"loss": 1.0 - step / 10})
        time.sleep(0.3)
    run.text("model.txt", "U-Net")
    run.scores({"f1": 0.7})
"""


def two_stages_at_once(cwd: Path, **extra: str) -> None:
    commands = [[sys.executable, "-c", STAGE, date] for date in ("2015", "2016")]
    both = [
        subprocess.Popen(
            command, cwd=cwd, env=environment(**extra), stderr=subprocess.PIPE, text=True
        )
        for command in commands
    ]
    answers = [process.communicate(timeout=200)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    assert answers == ["", ""]


def assert_one_parent_with_two_children(uri: str) -> list[Any]:
    (parent,), children = parents_and_children(uri)
    assert parent.data.metrics == {"finetune.2015.f1": 0.7, "finetune.2016.f1": 0.7}
    assert parent.info.status == "FINISHED"
    assert {run.info.run_name: run.info.status for run in children} == {
        "finetune-2015": "FINISHED",
        "finetune-2016": "FINISHED",
    }
    assert len(children) == 2
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parent.info.run_id}
    return children


def test_two_stages_that_make_the_store_at_once_have_one_parent(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "main repo", tmp_path / "copy"
    root.mkdir()
    elsewhere.mkdir()
    two_stages_at_once(elsewhere, DVC_ROOT=str(root))
    assert_one_parent_with_two_children(f"sqlite:///{root}/mlflow.db")
    assert list(elsewhere.iterdir()) == []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with mlflow_server(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.mark.timeout(300)
@pytest.mark.long
def test_two_stages_log_to_a_server_at_once(server: str, tmp_path: Path) -> None:
    two_stages_at_once(tmp_path, MLFLOW_TRACKING_URI=server, MLFLOW_HTTP_REQUEST_TIMEOUT="60")
    children = assert_one_parent_with_two_children(server)
    client = connect(server)
    for child in children:
        assert [point.step for point in client.get_metric_history(child.info.run_id, "loss")] == [
            0,
            1,
            2,
        ]
        assert [artifact.path for artifact in client.list_artifacts(child.info.run_id)] == [
            "model.txt"
        ]
    assert [run.params for run in logged_experiments(server)] == [
        {"lr": "0.001", "model.filters": "8"}
    ]
    assert list(tmp_path.iterdir()) == []
