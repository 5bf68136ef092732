"""Sending a run's entries: together, later when the store is away, and never in the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from slidelens.tracking import outbox
from slidelens.tracking import run as run_module
from slidelens.tracking.entries import Row, log_rows
from slidelens.tracking.run import stage_run
from slidelens.tracking.store import connect, tracking_uri
from support.tracking.stores import free_port, parents_and_children

# MLflow 3.17 uses a loader option that SQLAlchemy 2.1 has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")


def test_an_entry_that_cannot_be_logged_is_left_out_with_a_warning(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with stage_run("pretrain", {"test": "dropped"}) as run:
        run.figure(root / "missing.png")
        run.scores({"f1": 0.5})
    _, (child,) = parents_and_children(tracking_uri(), test="dropped")
    assert (child.info.status, child.data.metrics) == ("FINISHED", {"f1": 0.5})
    assert "missing.png" in caplog.text
    assert "this entry is not logged" in caplog.text


def test_epochs_are_sent_together(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []

    def counting(client: Any, run_id: str, rows: list[Row]) -> None:
        sent.append(len(rows))
        log_rows(client, run_id, rows)

    monkeypatch.setattr(run_module, "log_rows", counting)
    with stage_run("pretrain", {"test": "together"}) as run:
        for step in range(500):
            run.epoch(step, {"loss": 1.0, "val_loss": 1.0, "lr": 1e-3})
    _, (child,) = parents_and_children(tracking_uri(), test="together")
    # For 5 s after the run was opened nothing is sent, then everything: 1,500 values in 2 batches.
    assert sent == [500]
    assert len(connect(tracking_uri()).get_metric_history(child.info.run_id, "val_loss")) == 500


def test_a_server_that_is_away_costs_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://someone:secret@{address}")
    done = False
    with stage_run("pretrain", {"lr": 1e-3}) as run:
        for step in range(100):
            run.epoch(step, {"loss": 0.5})
        run.scores({"f1": 0.5})
        done = True
    assert done
    warnings = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("slidelens.tracking.")
    ]
    assert len(warnings) == 2
    assert "the stage goes on and its log waits" in warnings[0]
    assert "did not take all of run pretrain" in warnings[1]
    assert all(f"http://{address}" in warning and "secret" not in warning for warning in warnings)
    assert all("\n" not in warning for warning in warnings)


def test_what_was_logged_while_the_server_was_away_is_sent_when_it_is_back(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected, away = connect, [True]

    def sometimes(uri: str) -> Any:
        if away[0]:
            raise ConnectionError("refused")
        return connected(uri)

    monkeypatch.setattr(outbox, "connect", sometimes)
    with stage_run("pretrain", {"test": "back"}) as run:
        run.epoch(0, {"loss": 0.9})
        run.text("model.txt", "U-Net")
        away[0] = False
        run.epoch(1, {"loss": 0.8})
        run.scores({"f1": 0.7})
    (parent,), (child,) = parents_and_children(tracking_uri(), test="back")
    history = connected(tracking_uri()).get_metric_history(child.info.run_id, "loss")
    assert [point.value for point in history] == [0.9, 0.8]
    assert (parent.data.metrics, child.info.status) == ({"pretrain.f1": 0.7}, "FINISHED")


def test_without_room_for_a_thread_the_stage_sends_itself(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(thread: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", fails)
    with stage_run("pretrain", {"test": "no thread"}) as run:
        run.scores({"f1": 0.5})
    _, (child,) = parents_and_children(tracking_uri(), test="no thread")
    assert (child.info.status, child.data.metrics) == ("FINISHED", {"f1": 0.5})
