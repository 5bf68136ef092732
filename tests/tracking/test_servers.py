"""Servers that die, hang, refuse or talk nonsense: the stage goes on, and no run stays open."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from slidelens.errors import TrackingError
from slidelens.tracking import outbox
from slidelens.tracking.reading import logged_experiments
from slidelens.tracking.run import stage_run
from slidelens.tracking.store import connect
from support.servers import FAULTS, FaultyServer, faulty_server, wait_until
from support.tracking.stores import mlflow_server, parents_and_children

# MLflow 3.17 uses a loader option that SQLAlchemy 2.1 has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    monkeypatch.setattr(outbox, "PATIENCE_S", 2.0)
    connect("http://127.0.0.1:9")  # MLflow's import takes seconds


def own_warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage() for record in caplog.records if record.name.startswith("slidelens.")
    ]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_misbehaves_costs_two_warnings(
    fault: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with faulty_server(fault) as server:
        address = server.address.removeprefix("http://")
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://someone:pass/w@rd@{address}")
        begun = time.monotonic()
        with stage_run("pretrain", {"lr": 1e-3}) as run:
            for step in range(100):
                run.epoch(step, {"loss": 0.5})
            run.scores({"f1": 0.5})
            trained_s = time.monotonic() - begun
        assert trained_s < 1  # nothing waited for the server
        assert time.monotonic() - begun < 15
    first, last = own_warnings(caplog)
    assert first.endswith("; the stage goes on and its log waits")
    assert last.endswith(
        "did not take all of run pretrain; the results themselves are not affected"
    )
    assert "rd@" not in caplog.text
    assert "someone" not in caplog.text
    assert "\n" not in first + last
    assert len(first) < 400


@pytest.mark.parametrize("fault", FAULTS)
def test_reading_from_such_a_server_ends_in_one_line(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "drips":
        pytest.skip("waits for what the server still sends")
    with faulty_server(fault) as server:
        uri = server.address.replace("http://", "http://someone:secret@")
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        with pytest.raises(TrackingError, match="MLflow store http://127") as raised:
            logged_experiments(uri)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with mlflow_server(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture
def proxy(behind: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyServer]:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
    monkeypatch.setattr(outbox, "PATIENCE_S", 40.0)
    with faulty_server("", behind) as server:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", server.address)
        yield server


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "fault",
    [
        *("closes", "401", "500"),
        *(pytest.param(each, marks=pytest.mark.long) for each in ("404", "html", "cuts off")),
    ],
)
def test_a_server_that_fails_for_a_while_gets_everything_in_the_end(
    fault: str, behind: str, proxy: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "SEND_EVERY_S", 0.0)
    with stage_run("pretrain", {"fault": fault}) as run:
        wait_until(lambda: run.child_id)
        proxy.fault, asked = fault, len(proxy.requests)
        run.epoch(0, {"loss": 0.9})
        wait_until(lambda: len(proxy.requests) > asked)
        run.epoch(1, {"loss": 0.8})
        run.text("model.txt", "U-Net")
        proxy.fault = ""
        run.scores({"f1": 0.7})
    (parent,), (child,) = parents_and_children(behind, fault=fault)
    assert (parent.info.status, child.info.status) == ("FINISHED", "FINISHED")
    assert child.data.metrics == {"loss": 0.8, "f1": 0.7}
    client = connect(behind)
    history = client.get_metric_history(child.info.run_id, "loss")
    assert sorted({point.step: point.value for point in history}.items()) == [(0, 0.9), (1, 0.8)]
    assert [artifact.path for artifact in client.list_artifacts(child.info.run_id)] == ["model.txt"]


@pytest.mark.timeout(300)
def test_a_server_that_died_is_told_of_the_end_by_the_next_stage(
    behind: str, proxy: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import subprocess
    import sys

    from support.tracking.stores import environment

    code = (
        "import os, time; from slidelens.tracking.run import stage_run\n"
        "with stage_run('pretrain', {'dies': 'first'}) as run:\n"
        "    while not run.child_id: time.sleep(0.05)\n"
        "    os._exit(9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(MLFLOW_TRACKING_URI=behind), check=False
    )
    assert done.returncode == 9
    (parent,), (child,) = parents_and_children(behind, dies="first")
    assert (parent.info.status, child.info.status) == ("RUNNING", "RUNNING")
    with stage_run("density", {"dies": "second"}):
        pass
    (parent,), (child,) = parents_and_children(behind, dies="first")
    assert (parent.info.status, child.info.status) == ("KILLED", "KILLED")


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_slow_server_does_not_slow_training(proxy: FaultyServer, behind: str) -> None:
    proxy.late_s = 0.3
    begun = time.monotonic()
    with stage_run("pretrain", {"test": "slow"}) as run:
        for step in range(10):
            run.epoch(step, {"loss": 1.0})
        trained_s = time.monotonic() - begun
    assert trained_s < 1
    _, (child,) = parents_and_children(behind, test="slow")
    assert child.info.status == "FINISHED"
