"""Read the experiments in a store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slidelens.errors import TrackingError

if TYPE_CHECKING:
    from mlflow import MlflowClient
from slidelens.tracking.entries import KEY_TAG
from slidelens.tracking.store import (
    EXPERIMENT,
    check_uri,
    connect,
    reason_of,
    redact,
    unusable_store,
)

# Reading


@dataclass(frozen=True)
class LoggedExperiment:
    """A parent run as logged. metrics: `<stage>.<date>.<score>`; started_ms: since 1970."""

    name: str
    run_id: str
    started_ms: int
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]


def logged_experiments(uri: str, experiment: str = EXPERIMENT) -> list[LoggedExperiment]:
    """The experiments in a store, newest first. Raises TrackingError where the store or the MLflow experiment is missing."""
    check_uri(uri, reading=True)
    client = connect(uri)
    try:
        found = client.get_experiment_by_name(experiment)
        runs = _all_parents(client, found.experiment_id) if found else []
    except Exception as error:
        raise unusable_store(uri, reason_of(error, uri)) from error
    if found is None:
        raise TrackingError(
            f"the MLflow store {redact(uri)} has no experiment {experiment}; run the pipeline first, or name another one"
        )
    return [_logged(run) for run in runs]


def _all_parents(client: MlflowClient, experiment_id: str) -> list[Any]:
    runs: list[Any] = []
    token: str | None = None
    while token != "":
        page = client.search_runs(
            [experiment_id],
            f"tags.`{KEY_TAG}` LIKE '%'",
            order_by=["attributes.start_time DESC"],
            page_token=token,
        )
        runs += page
        token = page.token or ""
    return runs


def _logged(run: Any) -> LoggedExperiment:
    info, data = run.info, run.data
    return LoggedExperiment(
        info.run_name,
        info.run_id,
        info.start_time,
        dict(data.params),
        dict(data.metrics),
        dict(data.tags),
    )
