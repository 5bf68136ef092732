"""Runs, tags, parameters and metrics in the MLflow store."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow import MlflowClient
from slidelens.tracking.identity import Identity
from slidelens.tracking.store import user_name

Row = tuple[int, int, Mapping[str, float]]  # milliseconds since 1970, step, metrics

KEY_TAG, STAGE_TAG, PARENT_TAG = "slidelens.key", "slidelens.stage", "mlflow.parentRunId"
_LONGEST_TAG, _LONGEST_PARAM, _MOST_TAGS_OR_PARAMS, _MOST_METRICS = (
    5000,
    6000,
    100,
    1000,
)  # MLflow's limits


def get_or_create_parent_run(client: MlflowClient, experiment_id: str, identity: Identity) -> str:
    """The experiment's run, found by its key or made. Call it under the store's lock."""
    found = client.search_runs(
        [experiment_id],
        f"tags.`{KEY_TAG}` = '{identity.key}'",
        max_results=1,
        order_by=["attributes.start_time ASC"],
    )
    if found:
        client.update_run(found[0].info.run_id, status="RUNNING")
        return str(found[0].info.run_id)
    tags = identity.tags | {
        KEY_TAG: identity.key,
        "mlflow.user": user_name(),
        "mlflow.source.name": "slidelens",
    }
    return str(client.create_run(experiment_id, run_name=identity.name, tags=tags).info.run_id)


def end_stale_runs(client: MlflowClient, experiment_id: str, parent_id: str, stage: str) -> None:
    """A stage that was killed could not end its run: the next start of the same stage does."""
    for run in running_children(client, experiment_id, parent_id, stage):
        client.set_tag(run.info.run_id, "error", "the process ended before the stage did")
        client.set_terminated(run.info.run_id, "KILLED")


def running_children(
    client: MlflowClient, experiment_id: str, parent_id: str, stage: str | None = None
) -> list[Any]:
    """Return the running stages of an experiment."""
    only = f" and tags.`{STAGE_TAG}` = '{stage}'" if stage else ""
    return list(
        client.search_runs(
            [experiment_id],
            f"attributes.status = 'RUNNING' and tags.`{PARENT_TAG}` = '{parent_id}'{only}",
        )
    )


def log_tags(client: MlflowClient, run_id: str, tags: Mapping[str, str]) -> None:
    """Set a run's tags, cut to MLflow's limits."""
    from mlflow.entities import RunTag

    values = [RunTag(valid_name(name), str(value)[:_LONGEST_TAG]) for name, value in tags.items()]
    for start in range(0, len(values), _MOST_TAGS_OR_PARAMS):
        client.log_batch(run_id, tags=values[start : start + _MOST_TAGS_OR_PARAMS])


def log_params(client: MlflowClient, run_id: str, params: Mapping[str, str]) -> None:
    """Log a run's parameters, cut to MLflow's limits."""
    from mlflow.entities import Param

    values = [Param(name, value[:_LONGEST_PARAM]) for name, value in params.items()]
    for start in range(0, len(values), _MOST_TAGS_OR_PARAMS):
        client.log_batch(run_id, params=values[start : start + _MOST_TAGS_OR_PARAMS])


def log_rows(client: MlflowClient, run_id: str, rows: Iterable[Row]) -> None:
    """Log rows of metrics in batches of MLflow's size."""
    from mlflow.entities import Metric

    values = [
        Metric(name, value, time_ms, step)
        for time_ms, step, metrics in rows
        for name, value in metrics.items()
    ]
    for start in range(0, len(values), _MOST_METRICS):
        client.log_batch(run_id, metrics=values[start : start + _MOST_METRICS])


def valid_name(name: str) -> str:
    """A name as MLflow allows: `finetune@2015` → `finetune.2015`."""
    return re.sub(r"[^\w\-./ ]", "_", name.replace("@", "."), flags=re.ASCII)
