"""Write runs, tags, parameters and metrics to the MLflow store."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

from slidelens.redaction import redact
from slidelens.tracking.identity import Identity, flatten
from slidelens.tracking.process import has_ended, machine, this_process
from slidelens.tracking.store import user_name

if TYPE_CHECKING:
    from mlflow import MlflowClient

Row = tuple[int, int, Mapping[str, float]]  # milliseconds since 1970, step, metrics

KEY_TAG, STAGE_TAG, PROCESS_TAG = "slidelens.key", "slidelens.stage", "slidelens.process"
PARENT_TAG = "mlflow.parentRunId"
# MLflow's limits: characters of a value, and entries of a batch.
_MAX_TAG_LENGTH, _MAX_PARAM_LENGTH = 5000, 6000
_MAX_TAGS_OR_PARAMS, _MAX_METRICS = 100, 1000


def get_or_create_parent_run(client: MlflowClient, experiment_id: str, identity: Identity) -> str:
    """Return the id of the experiment's run, which is created if needed.

    Call this under the store's lock.
    """
    runs = client.search_runs(
        [experiment_id],
        f"tags.`{KEY_TAG}` = '{identity.key}'",
        max_results=1,
        order_by=["attributes.start_time ASC"],
    )
    if runs:
        client.set_tag(runs[0].info.run_id, PROCESS_TAG, this_process())
        client.update_run(runs[0].info.run_id, status="RUNNING")
        return str(runs[0].info.run_id)
    tags = identity.tags | {
        KEY_TAG: identity.key,
        PROCESS_TAG: this_process(),
        "mlflow.user": user_name(),
        "mlflow.source.name": "slidelens",
    }
    return str(client.create_run(experiment_id, run_name=identity.name, tags=tags).info.run_id)


def end_stale_runs(client: MlflowClient, experiment_id: str, parent_id: str, stage: str) -> None:
    """End the runs of killed processes: earlier ones of this stage, and all of this machine."""
    for run in running_children(client, experiment_id, parent_id, stage):
        _end_as_killed(client, run)
    here = f"attributes.status = 'RUNNING' and tags.`{PROCESS_TAG}` LIKE '{machine()}/%'"
    lost = [
        run
        for run in client.search_runs([experiment_id], here)
        if has_ended(run.data.tags[PROCESS_TAG])
    ]
    # First the stages: an experiment's run has ended when none of its stages is running.
    for run in sorted(lost, key=lambda run: PARENT_TAG not in run.data.tags):
        if not running_children(client, experiment_id, run.info.run_id):
            _end_as_killed(client, run)


def _end_as_killed(client: MlflowClient, run: Any) -> None:
    client.set_tag(run.info.run_id, "error", "the process ended before the stage did")
    client.set_terminated(run.info.run_id, "KILLED")


def running_children(
    client: MlflowClient, experiment_id: str, parent_id: str, stage: str | None = None
) -> list[Any]:
    """Return an experiment's runs of stages, or of one stage, that are still running."""
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

    values = [
        RunTag(valid_name(name), redact(str(value))[:_MAX_TAG_LENGTH])
        for name, value in tags.items()
    ]
    for start in range(0, len(values), _MAX_TAGS_OR_PARAMS):
        client.log_batch(run_id, tags=values[start : start + _MAX_TAGS_OR_PARAMS])


def log_params(client: MlflowClient, run_id: str, params: Mapping[str, str]) -> None:
    """Log a run's parameters, cut to MLflow's limits."""
    from mlflow.entities import Param

    values = [Param(name, redact(value)[:_MAX_PARAM_LENGTH]) for name, value in params.items()]
    for start in range(0, len(values), _MAX_TAGS_OR_PARAMS):
        client.log_batch(run_id, params=values[start : start + _MAX_TAGS_OR_PARAMS])


def log_rows(client: MlflowClient, run_id: str, rows: Iterable[Row]) -> None:
    """Log rows of metrics in batches of MLflow's size."""
    from mlflow.entities import Metric

    values = [
        Metric(name, value, time_ms, step)
        for time_ms, step, metrics in rows
        for name, value in metrics.items()
    ]
    for start in range(0, len(values), _MAX_METRICS):
        client.log_batch(run_id, metrics=values[start : start + _MAX_METRICS])


def valid_name(name: str) -> str:
    """Return a name as MLflow allows it: `finetune@2015` → `finetune.2015`."""
    return re.sub(r"[^\w\-./ ]", "_", name.replace("@", "."), flags=re.ASCII)


def defined_metrics(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Flatten nested metrics, without those that are undefined."""
    flat = {valid_name(name): value for name, value in flatten(metrics).items()}
    return {
        name: float(value)
        for name, value in flat.items()
        if isinstance(value, Real) and math.isfinite(value)
    }
