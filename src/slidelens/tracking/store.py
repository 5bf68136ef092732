"""Locate the MLflow store, check that it can be used, and connect to it."""

from __future__ import annotations

import getpass
import os
import re
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from filelock import FileLock

from slidelens.errors import TrackingError
from slidelens.tracking.identity import short_digest

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "slidelens"  # the MLflow experiment that holds every run
LOCK_TIMEOUT_S = 120.0
_SQLITE = "sqlite:///"


def repository_root() -> Path:
    """Return the main repository's folder, also in a temporary copy made by DVC (DVC_ROOT)."""
    if given := os.environ.get("DVC_ROOT"):
        return Path(given)
    here = Path.cwd()
    for marker in (".dvc", ".git", "dvc.yaml"):  # last: demo/ has a dvc.yaml of its own
        for folder in (here, *here.parents):
            if (folder / marker).exists():
                return folder
    return here


def tracking_uri() -> str:
    """Return MLFLOW_TRACKING_URI if set, else the address of mlflow.db in the repository.

    A relative path of a database counts from the repository's root.
    """
    given = os.environ.get("MLFLOW_TRACKING_URI", "").strip()
    path = sqlite_path(given or f"{_SQLITE}mlflow.db")
    if not path or Path(path).is_absolute():
        return given
    return sqlite_uri(repository_root() / path)


def sqlite_uri(path: Path) -> str:
    """Return the address of a database file."""
    # SQLAlchemy decodes %20 and takes ? for a query.
    return _SQLITE + quote(str(path.absolute()), safe="/ #&+,;=@~()")


def sqlite_path(uri: str) -> str:
    """Return the file of a database, or an empty text for other addresses."""
    return unquote(uri.removeprefix(_SQLITE).partition("?")[0]) if uri.startswith(_SQLITE) else ""


def check_uri(uri: str, reading: bool = False) -> None:
    """Check the address of a store; MLflow itself would try an unwritable file for 100 seconds.

    Args:
        uri: Address of the store.
        reading: Whether a database must exist already, and is not written.

    Raises:
        TrackingError: The store cannot be used, now or later.
    """
    parts, path = urlsplit(uri), Path(sqlite_path(uri))
    if parts.scheme in ("http", "https") and not parts.netloc:
        raise unusable_store(uri, "it names no host")
    if parts.scheme in ("", "file"):
        raise unusable_store(uri, "it is a folder, which MLflow 3 no longer takes")
    if not sqlite_path(uri):
        return
    if reading and not path.is_file():
        raise TrackingError(
            f"there is no MLflow store {path}; run the pipeline first,"
            " or name a store with --store or MLFLOW_TRACKING_URI"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=LOCK_TIMEOUT_S)) as store:
            store.execute("SELECT count(*) FROM sqlite_master" if reading else "BEGIN IMMEDIATE")
    except (OSError, sqlite3.Error) as error:
        raise unusable_store(uri, str(error)) from error


def unusable_store(uri: str, reason: str) -> TrackingError:
    """Return the error for a store that cannot be used, with the remedy."""
    return TrackingError(
        f"the MLflow store {redact(uri)} cannot be used: {reason}; "
        "set MLFLOW_TRACKING_URI to http://host:port or sqlite:////folder/mlflow.db,"
        " or unset it for the repository's own"
    )


def redact(uri: str) -> str:
    """Return an address without user name and password."""
    return re.sub(r"(?<=//)[^/@]*@", "", uri)


def connect(uri: str) -> MlflowClient:
    """Return a client of a store.

    A database is opened, and created if needed; a server is not contacted yet.

    Raises:
        TrackingError: The address or the database cannot be used.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    # Nothing leaves the machine but what goes to the team's server.
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    from mlflow import MlflowClient

    try:
        with store_lock(uri):  # two processes that migrate a new database at once would crash
            return MlflowClient(tracking_uri=uri)
    except Exception as error:
        reason = reason_of(error, uri)
        if "unsupported URI" in str(error):
            reason = "MLflow knows no such kind of address"
        raise unusable_store(uri, reason) from error


# One try of ten seconds: the outbox waits without holding up the stage. MLflow's own log would
# repeat errors with a traceback.
_QUIET = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",
    "MLFLOW_DISABLE_AGENT_HINT": "true",
}


def store_lock(uri: str) -> FileLock:
    """Return a lock shared by the user's processes: beside a database, or one for all servers."""
    path = sqlite_path(uri)
    shared = Path(tempfile.gettempdir()) / f"slidelens-{short_digest(user_name())}.lock"
    return FileLock(f"{path}.lock" if path else shared, timeout=LOCK_TIMEOUT_S)


def user_name() -> str:
    """Return the user's name, or number if there is no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # as in some containers
        return str(os.getuid())


def is_temporary(error: Exception) -> bool:
    """Return whether to try again later, because the server is away, busy or locked."""
    from mlflow.exceptions import MlflowException
    from requests import RequestException

    if isinstance(error, MlflowException):
        return error.error_code in (
            "INTERNAL_ERROR",
            "TEMPORARILY_UNAVAILABLE",
            "REQUEST_LIMIT_EXCEEDED",
        )
    return isinstance(error, RequestException)


def reason_of(error: Exception, uri: str) -> str:
    """Return the reason of an error in at most 200 characters, without passwords."""
    text = " ".join(str(error).split()).replace(uri, redact(uri)) or type(error).__name__
    return text if len(text) <= 200 else f"{text[:200]}…"


def get_or_create_experiment(client: MlflowClient, uri: str) -> str:
    """Return the id of the MLflow experiment that holds all runs."""
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is not None:
        return str(experiment.experiment_id)
    return str(client.create_experiment(EXPERIMENT, artifact_location=_artifact_location(uri)))


def _artifact_location(uri: str) -> str | None:
    """Return a folder beside the database, or None for a server, which decides itself."""
    # Absolute: a relative one would depend on the folder of the process that comes first.
    if urlsplit(uri).scheme in ("http", "https"):
        return None
    folder = Path(sqlite_path(uri)).parent if sqlite_path(uri) else repository_root()
    return (folder.absolute() / "mlartifacts").as_uri()
