"""`make mlflow`: which page it opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.tracking import ui as runs
from slidelens.tracking.experiment import get_or_create_experiment
from slidelens.tracking.store import connect


def test_the_local_store_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/my runs.db")
    served: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda program, words: served.append(words))
    assert runs.main() == 0
    assert (tmp_path / "my runs.db").stat().st_size > 0  # a whole database, whatever stops MLflow
    assert served[0][2:6] == [
        "mlflow",
        "server",
        "--backend-store-uri",
        f"sqlite:///{tmp_path}/my runs.db",
    ]


def test_the_page_of_the_runs_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not that of all experiments, and not MLflow's pages of generative AI."""
    uri = f"sqlite:///{tmp_path}/runs.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("PORT", "5007")
    monkeypatch.setattr("os.execv", lambda program, words: None)
    assert runs.main() == 0
    kind = "?workflowType=machine_learning"
    assert f"http://127.0.0.1:5007/#/experiments{kind};" in capsys.readouterr().err
    number = get_or_create_experiment(connect(uri), uri)
    assert runs.main() == 0
    page = f"http://127.0.0.1:5007/#/experiments/{number}/runs{kind};"
    assert page in capsys.readouterr().err


def test_a_teams_server_is_opened(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5999")
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert runs.main() == 0
    assert opened == ["http://127.0.0.1:5999"]
    assert "runs are at http://127.0.0.1:5999" in capsys.readouterr().err
