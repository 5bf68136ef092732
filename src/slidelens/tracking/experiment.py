"""The MLflow experiment that holds every run: made, found again after a move, or deleted."""

from __future__ import annotations

import logging
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from slidelens.errors import TrackingError
from slidelens.redaction import redact
from slidelens.tracking.database import ARTIFACTS, follow_moved_folder
from slidelens.tracking.store import (
    EXPERIMENT,
    connect,
    repository_root,
    sqlite_path,
    unusable_store,
)

if TYPE_CHECKING:
    from mlflow import MlflowClient

log = logging.getLogger(__name__)
_DELETED = "deleted"


def get_or_create_experiment(client: MlflowClient, uri: str) -> str:
    """Return the id of the MLflow experiment that holds all runs.

    Call this under the store's lock.

    Raises:
        TrackingError: Someone has deleted the experiment in MLflow, or this is no MLflow server.
    """
    experiment = find_experiment(client, EXPERIMENT, uri)
    if experiment is None:
        return str(client.create_experiment(EXPERIMENT, artifact_location=_artifact_location(uri)))
    if path := sqlite_path(uri):
        follow_moved_folder(Path(path), EXPERIMENT)
    return str(experiment.experiment_id)


def find_experiment(client: MlflowClient, name: str, uri: str) -> Any:
    """Return MLflow's experiment of a name, or None if there is none.

    Raises:
        TrackingError: It is deleted, or what answers is no MLflow server.
    """
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        return None
    if experiment.name != name:  # an empty answer, for example, is read as one without a name
        raise unusable_store(uri, "it answers, but not as an MLflow server does")
    if experiment.lifecycle_stage == _DELETED:
        raise TrackingError(_how_to_restore(name, experiment.experiment_id, uri))
    return experiment


def deleted_message(uri: str) -> str | None:
    """Return that the experiment is deleted, with the remedy; empty if not, None if not known."""
    try:
        if path := sqlite_path(uri):
            with closing(sqlite3.connect(f"{Path(path).as_uri()}?mode=ro", uri=True)) as database:
                row = database.execute(
                    "SELECT experiment_id FROM experiments WHERE name = ? AND lifecycle_stage = ?",
                    [EXPERIMENT, _DELETED],
                ).fetchone()
            return _how_to_restore(EXPERIMENT, row[0], uri) if row else ""
        find_experiment(connect(uri), EXPERIMENT, uri)
    except TrackingError as error:
        return str(error)
    except Exception:  # no store yet, or a server that is away: the stages will say so
        log.debug("the MLflow store was not looked at", exc_info=True)
        return None
    return ""


def _how_to_restore(name: str, number: object, uri: str) -> str:
    store = shlex.quote(redact(uri))
    return (
        f"the MLflow experiment {name} is deleted; restore it with its runs by"
        f" `MLFLOW_TRACKING_URI={store} mlflow experiments restore -x {number}`"
    )


def _artifact_location(uri: str) -> str | None:
    """Return a folder beside the database, or None for a server, which decides itself."""
    # Absolute: a relative one would depend on the folder of the process that comes first.
    if urlsplit(uri).scheme in ("http", "https"):
        return None
    folder = Path(sqlite_path(uri)).parent if sqlite_path(uri) else repository_root()
    return (folder.absolute() / ARTIFACTS).as_uri()
