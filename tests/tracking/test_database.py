"""MLflow's database file: whole or not there, mended without losing runs, and moved folders."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from slidelens.errors import TrackingError
from slidelens.tracking.database import follow_moved_folder, moved_from, prepare_database
from slidelens.tracking.experiment import get_or_create_experiment
from slidelens.tracking.reading import logged_experiments
from slidelens.tracking.run import stage_run
from slidelens.tracking.store import connect, sqlite_uri
from support.tracking.stores import all_runs

# MLflow 3.17 uses a loader option that SQLAlchemy 2.1 has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def half_made(path: Path, runs: int = 0) -> Path:
    """What a kill in MLflow's first migration leaves: tables, and no version of the schema."""
    execute(
        path,
        "CREATE TABLE experiments (experiment_id INTEGER, name TEXT)",
        "CREATE TABLE runs (run_uuid TEXT)",
        "CREATE TABLE latest_metrics (key TEXT)",
        "CREATE TABLE alembic_version (version_num TEXT)",
        *["INSERT INTO runs VALUES ('a')"] * runs,
    )
    return path


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slidelens.tracking.database._SETTLED_S", 0.0)


def test_a_database_is_there_when_it_is_whole(tmp_path: Path) -> None:
    path, seen = tmp_path / "mlflow.db", []

    def killed(new: Path) -> None:
        half_made(new)
        seen.append(path.exists())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare_database(path, killed)
    assert seen == [False]
    assert list(tmp_path.iterdir()) == []


def test_a_new_database_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "mlflow.db"
    with caplog.at_level("INFO"):
        prepare_database(path, half_made)
    assert caplog.messages == [f"the MLflow store {path} is new"]


@pytest.mark.parametrize("empty", [True, False])
def test_one_that_was_never_finished_is_made_anew_and_kept(
    empty: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "mlflow.db"
    if empty:
        path.touch()
    else:
        half_made(path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", sqlite_uri(path))
    with stage_run("pretrain", {}):
        pass
    assert [run.info.status for run in all_runs(sqlite_uri(path))] == ["FINISHED"] * 2
    names = {"mlflow.db", "mlflow.db.lock"}
    if not empty:
        names.add("mlflow.db.half-made")
        assert "is made anew, and the half is kept as mlflow.db.half-made" in caplog.text
    assert {entry.name for entry in tmp_path.iterdir()} == names


def test_runs_are_never_set_aside(tmp_path: Path) -> None:
    path = half_made(tmp_path / "my mlflow.db", runs=2)
    before = path.read_bytes()
    with pytest.raises(TrackingError, match=r"holds 2 runs; move it away \(`mv '.*mlflow.db'"):
        connect(sqlite_uri(path))
    assert path.read_bytes() == before


def test_a_database_of_a_later_mlflow_is_left_alone(tmp_path: Path) -> None:
    path = half_made(tmp_path / "mlflow.db")
    execute(path, "INSERT INTO alembic_version VALUES ('fffffffffff0')")
    with pytest.raises(TrackingError, match="a later MLflow wrote it .* pip install -U mlflow"):
        connect(sqlite_uri(path))
    assert {entry.name for entry in tmp_path.iterdir()} == {"mlflow.db", "mlflow.db.lock"}


def test_a_database_of_an_earlier_mlflow_names_the_command(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    client = connect(sqlite_uri(path))
    client.create_run("0")
    execute(path, "UPDATE alembic_version SET version_num = '451aebb31d03'")
    with pytest.raises(TrackingError, match=r"1 runs; run `mlflow db upgrade sqlite:///.*db`"):
        connect(sqlite_uri(path))


def test_a_kill_while_it_is_brought_up_to_date_leaves_it_as_it_was(tmp_path: Path) -> None:
    path = half_made(tmp_path / "mlflow.db", runs=1)
    execute(path, "INSERT INTO alembic_version VALUES ('451aebb31d03')")

    def killed(new: Path) -> None:
        execute(new, "DROP TABLE latest_metrics")
        raise KeyboardInterrupt

    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        prepare_database(path, killed)
    assert path.read_bytes() == before
    prepare_database(path, lambda new: execute(new, "CREATE TABLE newer (a TEXT)"))
    assert rows(path, "SELECT count(*) FROM runs") == [(1,)]
    assert rows(path, "SELECT count(*) FROM newer") == [(0,)]
    assert (tmp_path / "mlflow.db.451aebb31d03").read_bytes() == before


def logged(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> str:
    """Log a run with an artifact to the store in a folder; return the store's address."""
    uri = sqlite_uri(folder / "mlflow.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with stage_run("pretrain", {"name": name}) as run:
        run.text("model.txt", name)
    return uri


def artifacts(uri: str) -> list[str]:
    client = connect(uri)
    return [
        Path(client.download_artifacts(run.info.run_id, "model.txt")).read_text()
        for run in all_runs(uri)
        if "mlflow.parentRunId" in run.data.tags
    ]


def test_after_a_move_old_and_new_artifacts_are_beside_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = tmp_path / "before", tmp_path / "größer #2"
    logged(before, monkeypatch, "first")
    before.rename(after)
    uri = logged(after, monkeypatch, "second")
    assert artifacts(uri) == ["first", "second"]
    assert not before.exists()
    assert len(list(after.glob("mlartifacts/*/artifacts/model.txt"))) == 2
    assert {run.params["name"] for run in logged_experiments(uri)} == {"first", "second"}


def test_a_copy_writes_to_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original, copy = tmp_path / "original", tmp_path / "copy"
    logged(original, monkeypatch, "first")
    copy.mkdir()
    # The database alone: the artifacts of the first run are at the old place only.
    (copy / "mlflow.db").write_bytes((original / "mlflow.db").read_bytes())
    uri = logged(copy, monkeypatch, "second")
    assert artifacts(uri) == ["first", "second"]
    assert len(list(original.glob("mlartifacts/*/artifacts/model.txt"))) == 1
    assert len(list(copy.glob("mlartifacts/*/artifacts/model.txt"))) == 1


@pytest.mark.parametrize(
    ("location", "moved"),
    [
        ("file:///old%20place/mlartifacts", True),
        ("file:///here/mlartifacts", False),
        ("file:///chosen/by/hand", False),
        ("s3://bucket/mlartifacts", False),
        ("mlflow-artifacts:/1", False),
        ("", False),
    ],
)
def test_only_a_location_that_slidelens_chose_is_changed(location: str, moved: bool) -> None:
    assert (moved_from(location, Path("/here/mlartifacts")) is not None) == moved


def test_a_folder_with_two_names_has_not_moved(tmp_path: Path) -> None:
    (tmp_path / "real/mlartifacts").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    there = tmp_path / "link/mlartifacts"
    assert moved_from(there.as_uri(), tmp_path / "real/mlartifacts") is None


def test_a_moved_folder_is_followed_once_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "mlflow.db"
    client = connect(sqlite_uri(path))
    get_or_create_experiment(client, sqlite_uri(path))
    execute(
        path,
        "UPDATE experiments SET artifact_location = 'file:///gone/mlartifacts' "
        "WHERE name = 'slidelens'",
    )
    caplog.set_level(logging.INFO, "slidelens")
    for _ in range(2):
        follow_moved_folder(path, "slidelens")
    assert caplog.text.count("the project was at /gone before") == 1


def test_the_command_that_restores_a_deleted_experiment_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "it's a #1 test"
    uri = logged(folder, monkeypatch, "first")
    client = connect(uri)
    client.delete_experiment("1")
    with stage_run("pretrain", {"name": "second"}) as run:
        run.scores({"f1": 0.5})
    assert "the MLflow experiment slidelens is deleted; restore it" in caplog.text
    assert "did not take all of run pretrain" in caplog.text
    with pytest.raises(TrackingError, match="mlflow experiments restore -x 1") as raised:
        logged_experiments(uri)
    command = str(raised.value).split("`")[1]
    subprocess.run(command, shell=True, check=True, capture_output=True)
    assert [run.params["name"] for run in logged_experiments(uri)] == ["first"]


def test_an_experiment_deleted_while_a_stage_runs_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    uri = logged(tmp_path, monkeypatch, "first")
    client = connect(uri)
    monkeypatch.setattr("slidelens.tracking.outbox.SEND_EVERY_S", 0.0)
    with stage_run("pretrain", {"name": "second"}) as run:
        while not run.child_id:
            pass
        client.delete_experiment("1")
        for step in range(20):
            run.epoch(step, {"loss": 0.5})
            run.tags({"a": str(step)})
    assert caplog.text.count("restore it with its runs by `MLFLOW_TRACKING_URI=") == 1
