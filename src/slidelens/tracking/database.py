"""Make MLflow's database file whole, mend one that was never finished, follow a moved folder.

MLflow makes its tables in many steps, which a kill may part: what is left then is no database that
MLflow could use or finish. So a new database is made aside and moved into place, and an older one
is brought up to date in a copy. Call these functions under the store's lock.
"""

from __future__ import annotations

import logging
import os
import shlex
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import url2pathname

from slidelens.errors import OutputError, TrackingError
from slidelens.files import atomic_write
from slidelens.tracking.flushing import without_flushing

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

log = logging.getLogger(__name__)
BUSY_TIMEOUT_S = 120.0  # how long another program may write
ARTIFACTS = "mlartifacts"  # folder beside the database
_SETTLED_S = 3.0  # after which no other program, such as `mlflow server`, is just making it
_SIDE_FILES = ("-journal", "-wal", "-shm")
Opener = Callable[[Path], object]


def prepare_database(path: Path, open_mlflow: Opener) -> None:
    """Make the database if there is none, or if it was never finished and holds no runs.

    Args:
        path: The database file; its folder exists.
        open_mlflow: Opens a database file with MLflow, which makes what is missing in it.

    Raises:
        TrackingError: The database is of another version of MLflow, or damaged, and holds runs.
        OutputError: The folder is read-only or the disk is full.
    """
    path = path.resolve()  # the target of a link is replaced, not the link
    if not (path.is_file() and _has_tables(path)):
        _make(path, open_mlflow)
        log.info("the MLflow store %s is new", path)
        return
    _wait_until_settled(path)
    if _version(path) != _migrations().get_current_head():
        _bring_up_to_date(path, open_mlflow)


def _bring_up_to_date(path: Path, open_mlflow: Opener) -> None:
    version, number = _version(path), _number_of_runs(path)
    if version and _is_of_later_mlflow(version):
        raise _unusable(path, f"a later MLflow wrote it (schema {version}); pip install -U mlflow")
    try:
        _upgrade(path, version, open_mlflow)
    except OutputError:
        raise
    except Exception as error:
        if number:
            raise _unusable(path, _why(path, version, number, error)) from error
        kept = _keep(path, version)
        _remove(path)
        _make(path, open_mlflow)
        log.warning(
            "the MLflow store %s was half made and holds no runs: it is made anew, and the half is"
            " kept as %s, which you may delete",
            path,
            kept.name,
        )


def _upgrade(path: Path, version: str, open_mlflow: Opener) -> None:
    with atomic_write(path) as new:
        with closing(_open(path)) as source, closing(sqlite3.connect(new)) as target:
            source.backup(target)
        open_mlflow(new)
        kept = _keep(path, version)
    log.info("MLflow brought its store %s up to date; it was as %s is now", path, kept.name)


def _make(path: Path, open_mlflow: Opener) -> None:
    with atomic_write(path) as new, without_flushing():
        open_mlflow(new)


def _unusable(path: Path, reason: str) -> TrackingError:
    return TrackingError(f"the MLflow store {path} cannot be used: {reason}")


def _why(path: Path, version: str, number: int, error: Exception) -> str:
    reason = " ".join(str(error).split())[:120]
    if "out-of-date" in reason:
        return (
            f"an earlier MLflow wrote it (schema {version}) and it holds {number} runs;"
            f" run `mlflow db upgrade {shlex.quote(f'sqlite:///{path}')}`"
        )
    if "full" in reason:
        return f"there is no room to bring it up to date ({reason}); free some and run again"
    moved = path.with_name(f"{path.name}.damaged")
    return (
        f"it is damaged ({reason}) and holds {number} runs; move it away"
        f" (`mv {shlex.quote(str(path))} {shlex.quote(str(moved))}`) and run again,"
        " which begins a new one"
    )


def _is_of_later_mlflow(version: str) -> bool:
    from alembic.util import CommandError

    try:
        _migrations().get_revision(version)
    except CommandError:
        return True
    return False


def _keep(path: Path, version: str) -> Path:
    """Return a second name, not yet used, under which the file stays when `path` is replaced."""
    stem = f"{path.name}.{version or 'half-made'}"
    names = (stem, *(f"{stem}-{number}" for number in range(2, 1000)))
    kept = next(path.with_name(name) for name in names if not path.with_name(name).exists())
    try:
        os.link(path, kept)
    except OSError:  # a file system without links
        shutil.copy2(path, kept)
    return kept


def _remove(path: Path) -> None:
    for suffix in ("", *_SIDE_FILES):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _wait_until_settled(path: Path) -> None:
    while not _version(path) and time.time() - path.stat().st_mtime < _SETTLED_S:
        time.sleep(0.1)


def _open(path: Path) -> sqlite3.Connection:
    # Opened to write: SQLite then undoes what a killed process has left in the journal.
    return sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)


def _has_tables(path: Path) -> bool:
    with closing(_open(path)) as database:
        (number,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(number)


def _version(path: Path) -> str:
    """Return the version of the schema, or an empty text for one that was never finished."""
    return str(_value(path, "SELECT max(version_num) FROM alembic_version") or "")


def _number_of_runs(path: Path) -> int:
    return int(str(_value(path, "SELECT count(*) FROM runs") or 0))


def _value(path: Path, query: str) -> object:
    """Return a query's value, or None if there is no such table."""
    with closing(_open(path)) as database:
        try:
            (value,) = database.execute(query).fetchone()
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return None
    return value


def _migrations() -> ScriptDirectory:
    import mlflow.store
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(Path(mlflow.store.__file__).parent / "db_migrations"))


def follow_moved_folder(path: Path, experiment: str) -> None:
    """Let an experiment's artifacts be those beside the database.

    MLflow stores absolute addresses. After the project's folder was moved, renamed or copied they
    name the old place, which MLflow would make anew. Runs whose artifacts are still at the old
    place alone, because just the database was copied, keep them. Locations that slidelens has not
    chosen stay as they are.

    Args:
        path: The database file.
        experiment: Name of the experiment.
    """
    here = path.absolute().parent / ARTIFACTS
    with closing(_open(path)) as database, database:
        row = database.execute(
            "SELECT experiment_id, artifact_location FROM experiments WHERE name = ?", [experiment]
        ).fetchone()
        if row is None or (there := moved_from(row[1], here)) is None:
            return
        database.execute(
            "UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?",
            [here.as_uri(), row[0]],
        )
        old, new = f"{row[1].rstrip('/')}/", f"{here.as_uri()}/"
        runs = database.execute(
            "SELECT run_uuid, artifact_uri FROM runs WHERE experiment_id = ?"
            " AND substr(artifact_uri, 1, ?) = ?",
            [row[0], len(old), old],
        ).fetchall()
        database.executemany(
            "UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?",
            [
                (uri.replace(old, new, 1), run)
                for run, uri in runs
                if not _is_only_there(uri, old, there, here)
            ],
        )
    log.info("the project was at %s before: its MLflow runs now name %s", there.parent, here)


def moved_from(location: str, here: Path) -> Path | None:
    """Return the folder of artifacts that an address names, if slidelens chose it elsewhere."""
    if not location.startswith("file:///"):
        return None
    there = _local_path(location)
    is_ours = there.name == ARTIFACTS and there != here
    is_same = is_ours and there.exists() and here.exists() and there.samefile(here)
    return there if is_ours and not is_same else None


def _is_only_there(uri: str, old: str, there: Path, here: Path) -> bool:
    run = url2pathname(uri.removeprefix(old))
    return (there / run).exists() and not (here / run).exists()


def _local_path(location: str) -> Path:
    return Path(url2pathname(location.removeprefix("file://"))).absolute()
