"""Log a stage as an MLflow run."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slidelens.redaction import redact
from slidelens.tracking.entries import (
    PARENT_TAG,
    PROCESS_TAG,
    STAGE_TAG,
    Row,
    defined_metrics,
    end_stale_runs,
    get_or_create_parent_run,
    log_params,
    log_rows,
    log_tags,
    running_children,
    valid_name,
)
from slidelens.tracking.experiment import get_or_create_experiment
from slidelens.tracking.identity import Identity, flatten, identify
from slidelens.tracking.outbox import Action, Outbox
from slidelens.tracking.process import this_process
from slidelens.tracking.store import (
    check_uri,
    store_lock,
    tracking_uri,
)

if TYPE_CHECKING:
    from mlflow import MlflowClient

log = logging.getLogger(__name__)


@contextmanager
def stage_run(
    stage: str,
    params: Mapping[str, Any],
    data: Mapping[str, str] | None = None,
    date: str | None = None,
) -> Iterator[StageRun]:
    """Log a stage as a child run of its experiment.

    The run ends FINISHED, FAILED with the error as a tag, or KILLED by an interrupt. A server that
    does not answer costs a warning only.

    Args:
        stage: Name of the stage in dvc.yaml, for example `finetune`.
        params: All parameters (nested mappings are flattened), the same for every stage: they
            identify the experiment.
        data: Hashes of what the stage reads, by name (see `data_hashes`).
        date: Date of a stage that runs once per date.

    Raises:
        TrackingError: MLFLOW_TRACKING_URI or the local store cannot be used.
    """
    flat = {valid_name(name): to_text(value) for name, value in flatten(params).items()}
    run = StageRun(tracking_uri(), stage, date, identify(flat), flat, dict(data or {}))
    run.begin()
    try:
        yield run
    except BaseException as error:
        run.end(
            "FAILED" if isinstance(error, Exception) else "KILLED",
            f"{type(error).__name__}: {error}",
        )
        raise
    run.end("FINISHED")


def to_text(value: object) -> str:
    """Return a parameter as text."""
    return value if isinstance(value, str) else json.dumps(value, default=str)


@dataclass
class StageRun:
    """The run of one stage.

    Every method but `end` returns at once.

    Attributes:
        uri: Address of the MLflow store.
        stage: Name of the stage in dvc.yaml.
        date: Date of a stage that runs once per date.
        identity: The experiment to which the run belongs.
        params: All parameters, flat and as text.
        data: Hashes of what the stage reads, by name.
        parent_id: MLflow's id of the experiment's run, once it is open.
        child_id: MLflow's id of this run, once it is open.
    """

    uri: str
    stage: str
    date: str | None
    identity: Identity
    params: Mapping[str, str]
    data: Mapping[str, str]
    parent_id: str = field(default="", init=False)
    child_id: str = field(default="", init=False)
    _experiment_id: str = field(default="", init=False)
    _epochs: list[Row] = field(default_factory=list, init=False)
    _next_step: int = field(default=0, init=False)
    _outbox: Outbox = field(init=False)

    def __post_init__(self) -> None:
        self._outbox = Outbox(self.uri)

    @property
    def name(self) -> str:
        """Return the run's name, for example `finetune-2015`."""
        return "-".join(filter(None, [self.stage, self.date]))

    def epoch(self, step: int, metrics: Mapping[str, float | None]) -> None:
        """Log an epoch's metrics; None is left out.

        A final score of the same name becomes the last point of the curve.
        """
        self._next_step = step + 1
        self._epochs.append((_now_ms(), step, defined_metrics(metrics)))
        self._send()

    def scores(self, metrics: Mapping[str, Any]) -> None:
        """Log final scores here, and as `<stage>.<date>.<score>` on the parent.

        Args:
            metrics: Scores by name; nested mappings are flattened. An undefined score (None or
                NaN, for example F1 if nothing was mapped and nothing predicted) is named in the
                tag `undefined` instead.
        """
        defined = defined_metrics(metrics)
        self._log_metrics(lambda: self.child_id, defined, self._next_step)
        prefix = valid_name(".".join(filter(None, [self.stage, self.date])))
        self._log_metrics(
            lambda: self.parent_id,
            {f"{prefix}.{name}": value for name, value in defined.items()},
        )
        if undefined := sorted({valid_name(name) for name in flatten(metrics)} - defined.keys()):
            self.tags({"undefined": ", ".join(undefined)})
        self._send()

    def summary(self, metrics: Mapping[str, Any]) -> None:
        """Log scores of the whole experiment on the parent, also those of skipped stages."""
        self._log_metrics(lambda: self.parent_id, defined_metrics(metrics))
        self._send()

    def figure(self, path: Path) -> None:
        """Log a file (PNG) as an artifact in the folder `figures`."""
        self._later(lambda client: client.log_artifact(self.child_id, str(path), "figures"))

    def text(self, name: str, text: str) -> None:
        """Log a text, for example the network's summary, as an artifact."""
        self._later(lambda client: client.log_text(self.child_id, text, name))

    def tags(self, tags: Mapping[str, str]) -> None:
        """Tag the run."""
        self._later(lambda client: log_tags(client, self.child_id, tags))

    def begin(self) -> None:
        """Open the run in the store.

        Raises:
            TrackingError: The address is none, or the database cannot be written.
        """
        check_uri(self.uri)
        self._outbox.open(self._open)

    def end(self, status: str, error: str | None = None) -> None:
        """Close the run and send what still waits.

        Args:
            status: FINISHED, FAILED or KILLED.
            error: Text of the error, logged as a tag.
        """
        if error is not None:
            self.tags({"error": error})
        self._queue_epochs()
        self._outbox.add(lambda client: self._close(client, status))
        self._outbox.close()
        if not self._outbox.is_empty:
            log.warning(
                "MLflow at %s did not take all of run %s; the results themselves are not affected",
                redact(self.uri),
                self.name,
            )

    def _open(self, client: MlflowClient) -> None:
        with store_lock(self.uri):
            self._experiment_id = get_or_create_experiment(client, self.uri)
            self.parent_id = get_or_create_parent_run(client, self._experiment_id, self.identity)
            log_params(client, self.parent_id, self.params)
        stage = "@".join(filter(None, [self.stage, self.date]))  # as DVC calls it
        data = {f"data.{name}": value for name, value in self.data.items()}
        log_tags(client, self.parent_id, data)
        end_stale_runs(client, self._experiment_id, self.parent_id, stage)
        tags = self.identity.tags | {
            PARENT_TAG: self.parent_id,
            STAGE_TAG: stage,
            PROCESS_TAG: this_process(),
        }
        child = str(
            client.create_run(self._experiment_id, run_name=self.name, tags=tags).info.run_id
        )
        log_params(client, child, self.params)
        log_tags(client, child, data)
        self.child_id = child

    def _close(self, client: MlflowClient, status: str) -> None:
        client.set_terminated(self.child_id, status)
        if not running_children(client, self._experiment_id, self.parent_id):
            client.set_terminated(self.parent_id, status)

    def _log_metrics(
        self, run_id: Callable[[], str], values: Mapping[str, float], step: int = 0
    ) -> None:
        row = _now_ms(), step, dict(values)
        self._outbox.add(lambda client: log_rows(client, run_id(), [row]))

    def _later(self, action: Action) -> None:
        self._outbox.add(action)
        self._send()

    def _send(self) -> None:
        if self._outbox.is_due():
            self._send_now()

    def _send_now(self) -> None:
        self._queue_epochs()
        self._outbox.send()

    def _queue_epochs(self) -> None:
        if rows := self._epochs:
            self._epochs = []
            self._outbox.add(lambda client: log_rows(client, self.child_id, rows))


def _now_ms() -> int:
    return int(time.time() * 1000)
