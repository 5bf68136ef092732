"""The address of the MLflow store, and which addresses are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.errors import TrackingError
from slidelens.tracking.run import stage_run
from slidelens.tracking.store import (
    check_uri,
    reason_of,
    repository_root,
    sqlite_uri,
    tracking_uri,
)


def test_the_root_is_that_of_the_main_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "demo" / "study"
    inner.mkdir(parents=True)
    (tmp_path / "demo" / "dvc.yaml").touch()
    monkeypatch.chdir(inner)
    assert repository_root() == tmp_path / "demo"
    (tmp_path / ".git").mkdir()
    assert repository_root() == tmp_path
    monkeypatch.setenv(
        "DVC_ROOT", "/elsewhere"
    )  # DVC works in .dvc/tmp/exps/… and names the main repository
    assert repository_root() == Path("/elsewhere")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, "sqlite:////main repo/mlflow.db"),
        ("", "sqlite:////main repo/mlflow.db"),
        ("http://host:5000", "http://host:5000"),
        ("sqlite:////store/mlflow.db", "sqlite:////store/mlflow.db"),
        (
            "sqlite:///store/mlflow.db",
            "sqlite:////main repo/store/mlflow.db",
        ),  # not that of each temporary copy
    ],
)
def test_the_store_is_one_wherever_dvc_runs(
    given: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_ROOT", "/main repo")
    if given is not None:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", given)
    assert tracking_uri() == expected


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("htp://host:5000", "knows no such kind of address"),
        ("localhost:5000", "knows no such kind of address"),
        ("http:/host:5000", "names no host"),
        ("http://[::1", "Invalid IPv6 URL"),
        ("/some/folder", "a folder, which MLflow 3 no longer takes"),
        ("sqlite:////{file}/mlflow.db", "Not a directory|File exists"),
        ("sqlite:////{file}", "not a database"),
    ],
)
def test_a_store_that_cannot_work_is_refused_at_once(
    uri: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no database, but long enough to be taken for one: " + 100 * "x")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri.format(file=tmp_path / "file"))
    with (
        pytest.raises(
            TrackingError, match=f"cannot be used: .*({reason}).* set MLFLOW_TRACKING_URI"
        ),
        stage_run("pretrain", {}),
    ):
        pytest.fail("the stage must not start")


def test_a_folder_in_place_of_a_database_is_not_called_absent(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="it is not a file"):
        check_uri(sqlite_uri(tmp_path), reading=True)


def test_an_error_of_the_system_is_told_in_words() -> None:
    assert reason_of(FileNotFoundError(2, "No such file or directory", "/x")) == (
        "/x: No such file or directory"
    )
    assert reason_of(OSError("out of luck")) == "out of luck"
    pool = "HTTPConnectionPool(host='10.0.0.1', port=5000)"
    away = RuntimeError(f"API request failed: {pool}: Max retries exceeded with url: /api/2.0")
    assert reason_of(away) == "no answer from 10.0.0.1:5000"
    assert reason_of(ValueError("[Errno 2] No such file: '/x'")) == "No such file: '/x'"


def test_a_store_in_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TrackingError, match=r"cannot be used: \S*file\S*: [A-Z][a-z ]+; see that"):
        check_uri(f"sqlite:///{tmp_path}/file/x/mlflow.db")
