"""`make mlflow`: which page it opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.tracking import ui as runs


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


def test_a_teams_server_is_opened(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5999")
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert runs.main() == 0
    assert opened == ["http://127.0.0.1:5999"]
    assert "runs are at http://127.0.0.1:5999" in capsys.readouterr().err
