"""Read the experiments in an MLflow store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slidelens.errors import TrackingError
from slidelens.redaction import redact
from slidelens.tracking.entries import KEY_TAG
from slidelens.tracking.experiment import find_experiment
from slidelens.tracking.store import (
    EXPERIMENT,
    check_uri,
    connect,
    reason_of,
    unusable_store,
)

if TYPE_CHECKING:
    from mlflow import MlflowClient


@dataclass(frozen=True)
class LoggedExperiment:
    """The run of an experiment as logged.

    Attributes:
        name: Name of the experiment.
        run_id: MLflow's id of the run.
        started_ms: Start, milliseconds since 1970.
        params: All parameters as text, by flat name.
        metrics: Scores as `<stage>.<date>.<score>`.
        tags: Tags of the run.
    """

    name: str
    run_id: str
    started_ms: int
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]


def logged_experiments(uri: str, experiment: str = EXPERIMENT) -> list[LoggedExperiment]:
    """Return the experiments in a store, newest first.

    Args:
        uri: Address of the store.
        experiment: Name of the MLflow experiment that holds the runs.

    Raises:
        TrackingError: The store or the MLflow experiment is missing or deleted.
    """
    check_uri(uri, reading=True)
    client = connect(uri)
    try:
        group = find_experiment(client, experiment, uri)
        runs = _all_parents(client, group.experiment_id) if group else []
    except TrackingError:
        raise
    except Exception as error:
        raise unusable_store(uri, reason_of(error)) from error
    if group is None:
        raise TrackingError(
            f"the MLflow store {redact(uri)} has no experiment {experiment};"
            " run the pipeline first, or name another one"
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
        name=info.run_name,
        run_id=info.run_id,
        started_ms=info.start_time,
        params=dict(data.params),
        metrics=dict(data.metrics),
        tags=dict(data.tags),
    )
