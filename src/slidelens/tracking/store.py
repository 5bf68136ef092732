"""Where the MLflow store is, whether it can be used, and a client for it."""

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

if TYPE_CHECKING:
    from mlflow import MlflowClient
from slidelens.tracking.identity import short_digest

EXPERIMENT = "slidelens"  # the MLflow experiment that holds every run
LOCK_TIMEOUT_S = 120.0
_SQLITE = "sqlite:///"


def repository_root() -> Path:
    """The main repository's folder, also for a stage that DVC runs in a temporary copy (DVC_ROOT)."""
    if given := os.environ.get("DVC_ROOT"):
        return Path(given)
    here = Path.cwd()
    for marker in (
        ".dvc",
        ".git",
        "dvc.yaml",
    ):  # demo/ has a dvc.yaml of its own, so the folder's own marks come first
        for folder in (here, *here.parents):
            if (folder / marker).exists():
                return folder
    return here


def tracking_uri() -> str:
    """MLFLOW_TRACKING_URI if set, else `sqlite:///{root}/mlflow.db`. A relative sqlite path counts from the repository's root."""
    given = os.environ.get("MLFLOW_TRACKING_URI", "").strip()
    path = sqlite_path(given or f"{_SQLITE}mlflow.db")
    if not path or Path(path).is_absolute():
        return given
    return sqlite_uri(repository_root() / path)


def sqlite_uri(path: Path) -> str:
    """The address of a database file. SQLAlchemy decodes %20 and takes ? for a query."""
    return _SQLITE + quote(str(path.absolute()), safe="/ #&+,;=@~()")


# The store


def sqlite_path(uri: str) -> str:
    """The file of a sqlite store, else nothing."""
    return unquote(uri.removeprefix(_SQLITE).partition("?")[0]) if uri.startswith(_SQLITE) else ""


def check_uri(uri: str, reading: bool = False) -> None:
    """Raise TrackingError for what cannot work now or later. MLflow itself tries an unwritable file for 100 seconds."""
    parts, path = urlsplit(uri), Path(sqlite_path(uri))
    if parts.scheme in ("http", "https") and not parts.netloc:
        raise unusable_store(uri, "it names no host")
    if parts.scheme in ("", "file"):
        raise unusable_store(uri, "it is a folder, which MLflow 3 no longer takes")
    if not sqlite_path(uri):
        return
    if reading and not path.is_file():
        raise TrackingError(
            f"there is no MLflow store {path}; run the pipeline first, or name a store with --store or MLFLOW_TRACKING_URI"
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
        "set MLFLOW_TRACKING_URI to http://host:port or sqlite:////folder/mlflow.db, or unset it for the repository's own"
    )


def redact(uri: str) -> str:
    """The address without user name and password."""
    return re.sub(r"(?<=//)[^/@]*@", "", uri)


def connect(uri: str) -> MlflowClient:
    """A client of the store. A server is not asked yet; a database is opened, and made if there is none."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = (
        "true"  # nothing leaves the machine but what goes to the team's server
    )
    from mlflow import MlflowClient

    try:
        with store_lock(uri):  # processes that make a new database at once crash in its migration
            return MlflowClient(tracking_uri=uri)
    except Exception as error:
        unknown = "unsupported URI" in str(error)
        raise unusable_store(
            uri, "MLflow knows no such kind of address" if unknown else reason_of(error, uri)
        ) from error


# One try of ten seconds: waiting is done here, without holding the stage up. MLflow's own log repeats errors with a traceback.
_QUIET = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",
    "MLFLOW_DISABLE_AGENT_HINT": "true",
}


def store_lock(uri: str) -> FileLock:
    """A lock that the user's processes on this machine share: beside a database, or one for all servers."""
    path = sqlite_path(uri)
    shared = Path(tempfile.gettempdir()) / f"slidelens-{short_digest(user_name())}.lock"
    return FileLock(f"{path}.lock" if path else shared, timeout=LOCK_TIMEOUT_S)


def user_name() -> str:
    """Return the user's name, or number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number that has no name
        return str(os.getuid())


def is_temporary(error: Exception) -> bool:
    """Whether to try again later: the server is away, too busy or locked, rather than refusing what is sent."""
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
    """Return the id of the MLflow experiment."""
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    return str(client.create_experiment(EXPERIMENT, artifact_location=_artifact_location(uri)))


def _artifact_location(uri: str) -> str | None:
    """Absolute, beside the database: a relative one would mean the folder of whoever is first. A server decides itself."""
    if urlsplit(uri).scheme in ("http", "https"):
        return None
    folder = Path(sqlite_path(uri)).parent if sqlite_path(uri) else repository_root()
    return (folder.absolute() / "mlartifacts").as_uri()
