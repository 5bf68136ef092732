"""MLflow stores and servers for tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from slidelens.tracking.store import connect
from support.studies import ROOT

# What the surroundings of a process may say about experiments and stores.
SURROUNDINGS = (
    "DVC_ROOT",
    "DVC_EXP_NAME",
    "DVC_EXP_BASELINE_REV",
    "DVC_STAGE",
    "MLFLOW_TRACKING_URI",
)


def environment(**extra: str) -> dict[str, str]:
    """The variables of a process that runs this source tree in plain surroundings."""
    plain = {name: value for name, value in os.environ.items() if name not in SURROUNDINGS}
    return plain | {"PYTHONPATH": str(ROOT / "src")} | extra


def all_runs(uri: str) -> list[Any]:
    """Every run in a store, the oldest first."""
    client = connect(uri)
    experiment = client.get_experiment_by_name("slidelens")
    assert experiment is not None
    return list(
        client.search_runs([experiment.experiment_id], order_by=["attributes.start_time ASC"])
    )


def parents_and_children(uri: str, **params: str) -> tuple[list[Any], list[Any]]:
    """The runs of experiments and those of stages that were logged with these parameters."""
    runs = [
        run
        for run in all_runs(uri)
        if all(run.data.params.get(name) == value for name, value in params.items())
    ]
    children = [run for run in runs if "mlflow.parentRunId" in run.data.tags]
    return [run for run in runs if run not in children], children


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def mlflow_server(folder: Path) -> Iterator[str]:
    """Serve a new store in a folder; yield its address."""
    connect(f"sqlite:///{folder}/mlflow.db")  # makes it far sooner than the server would
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    # Without its runners of jobs, of which none are started here: they are eight processes more.
    variables = environment(
        MLFLOW_DISABLE_TELEMETRY="true", MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false"
    )
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=variables, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the MLflow server did not start"
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
                assert answer.read() == b"OK"
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"no MLflow server at {address} after two minutes")
