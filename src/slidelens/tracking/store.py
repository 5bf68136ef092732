"""Locate the MLflow store, check that it can be used, and connect to it."""

from __future__ import annotations

import getpass
import os
import re
import shlex
import sqlite3
import tempfile
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from filelock import FileLock

from slidelens.errors import SlidelensError, TrackingError
from slidelens.redaction import redact
from slidelens.tracking.database import prepare_database
from slidelens.tracking.identity import short_digest

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "slidelens"  # the MLflow experiment that holds every run
LOCK_TIMEOUT_S = 120.0
_SQLITE = "sqlite:///"
# requests' text, which names its classes
_UNREACHED = re.compile(r"host='([^']*)', port=(\d+)\): Max retries exceeded")


def repository_root(start: Path | None = None) -> Path:
    """Return the main repository's folder, also in a temporary copy made by DVC (DVC_ROOT).

    Args:
        start: A folder in the repository; default: the current one.
    """
    if given := os.environ.get("DVC_ROOT"):
        return Path(given)
    here = (start or Path.cwd()).absolute()
    for marker in (".dvc", ".git", "dvc.yaml"):  # last: demo/ has a dvc.yaml of its own
        for folder in (here, *here.parents):
            if (folder / marker).exists():
                return folder
    return here


def tracking_uri(start: Path | None = None) -> str:
    """Return MLFLOW_TRACKING_URI if set, else the address of mlflow.db in the repository.

    A relative path of a database counts from the repository's root.

    Args:
        start: A folder in the repository; default: the current one.
    """
    given = os.environ.get("MLFLOW_TRACKING_URI", "").strip()
    path = sqlite_path(given or f"{_SQLITE}mlflow.db")
    if not path or Path(path).is_absolute():
        return given
    return sqlite_uri(repository_root(start) / path)


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
    path = Path(sqlite_path(uri))
    try:
        parts = urlsplit(uri)
    except ValueError as error:  # for instance a bracket of IPv6 that does not close
        raise unusable_store(uri, str(error)) from error
    if parts.scheme in ("http", "https") and not parts.netloc:
        raise unusable_store(uri, "it names no host")
    if parts.scheme in ("", "file"):
        raise unusable_store(uri, "it is a folder, which MLflow 3 no longer takes")
    if not sqlite_path(uri):
        return
    if reading and not path.exists():
        raise TrackingError(
            f"there is no MLflow store {path}; run the pipeline first,"
            " or name a store with --store or MLFLOW_TRACKING_URI"
        )
    if path.exists() and not path.is_file():
        raise unusable_store(uri, "it is not a file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=LOCK_TIMEOUT_S)) as store:
            store.execute("SELECT count(*) FROM sqlite_master" if reading else "BEGIN IMMEDIATE")
    except (OSError, sqlite3.Error) as error:
        raise unusable_store(uri, reason_of(error)) from error


def unusable_store(uri: str, reason: str) -> TrackingError:
    """Return the error for a store that cannot be used, with the remedy."""
    path = sqlite_path(uri)
    remedy = "set MLFLOW_TRACKING_URI to http://host:port or sqlite:////folder/mlflow.db"
    if os.environ.get("MLFLOW_TRACKING_URI", "").strip():
        remedy += ", or unset it for the repository's own"
    elif any(sign in reason for sign in ("not a database", "malformed")):
        moved = f"mv {shlex.quote(path)} {shlex.quote(f'{path}.damaged')}"
        remedy = f"move it away (`{moved}`) and run again, which begins a new one"
    else:
        remedy = f"see that {Path(path).parent} is writable and has room, or {remedy}"
    return TrackingError(f"the MLflow store {redact(uri)} cannot be used: {reason}; {remedy}")


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
    path = sqlite_path(uri)
    try:
        with store_lock(uri):  # one process makes a new database, the others wait
            if path:
                prepare_database(Path(path), lambda file: _open(sqlite_uri(file)))
            return _open(uri)
    except SlidelensError:
        raise
    except Exception as error:
        reason = reason_of(error)
        if "unsupported URI" in str(error):
            reason = "MLflow knows no such kind of address"
        raise unusable_store(uri, reason) from error


def _open(uri: str) -> MlflowClient:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri)


# One try of ten seconds: the outbox waits without holding up the stage. MLflow's own log would
# repeat errors with a traceback.
_QUIET = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",
    "MLFLOW_DISABLE_AGENT_HINT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}


# What MLflow answers to an entry that it does not accept. Other answers, for example those of a
# proxy, say nothing about the entry.
_REFUSALS = (
    "BAD_REQUEST",
    "INVALID_PARAMETER_VALUE",
    "INVALID_STATE",
    "RESOURCE_ALREADY_EXISTS",
    "RESOURCE_DOES_NOT_EXIST",
)


def store_lock(uri: str) -> AbstractContextManager[object]:
    """Return a lock shared by the user's processes: beside a database, or one for all servers.

    There is none beside a database in a read-only folder, which nobody changes.
    """
    path = sqlite_path(uri)
    if path and not os.access(Path(path).parent, os.W_OK):
        return nullcontext()
    shared = Path(tempfile.gettempdir()) / f"slidelens-{short_digest(user_name())}.lock"
    return FileLock(f"{path}.lock" if path else shared, timeout=LOCK_TIMEOUT_S)


def user_name() -> str:
    """Return the user's name, or number if there is no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # as in some containers
        return str(os.getuid())


def is_refusal(error: Exception) -> bool:
    """Return whether the store will never take an entry, rather than is away, busy or locked."""
    from mlflow.exceptions import MlflowException
    from requests import RequestException

    if isinstance(error, MlflowException):
        return error.error_code in _REFUSALS and not is_deleted(error)
    return not isinstance(error, RequestException)


def is_deleted(error: Exception) -> bool:
    """Return whether a run or experiment is not to be written because someone has deleted it."""
    return "'active' state" in str(error)


def reason_of(error: Exception) -> str:
    """Return the reason of an error in at most 200 characters, without passwords."""
    raw = str(error)
    if isinstance(error, OSError) and error.strerror:
        raw = f"{error.filename or 'the store'}: {error.strerror}"
    raw = re.sub(r"\[Errno -?\d+\] ", "", raw)
    if match := _UNREACHED.search(raw):
        raw = f"no answer from {match[1]}:{match[2]}"
    text = redact(" ".join(raw.split())) or type(error).__name__
    return text if len(text) <= 200 else f"{text[:200]}…"
