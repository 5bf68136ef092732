"""Log a stage as an MLflow run."""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slidelens.errors import TrackingError

if TYPE_CHECKING:
    from mlflow import MlflowClient
from slidelens.tracking.entries import (
    PARENT_TAG,
    STAGE_TAG,
    Row,
    end_stale_runs,
    get_or_create_parent_run,
    log_params,
    log_rows,
    log_tags,
    running_children,
    valid_name,
)
from slidelens.tracking.identity import Identity, flatten, identify
from slidelens.tracking.store import (
    check_uri,
    connect,
    get_or_create_experiment,
    is_temporary,
    reason_of,
    redact,
    sqlite_path,
    store_lock,
    tracking_uri,
)

log = logging.getLogger(__name__)
SEND_EVERY_S = 5.0  # epochs are sent together, so that an epoch of a second is not slowed
RETRY_AFTER_S = 300.0  # a server that is away is asked again after so long, and at the stage's end
Action = Callable[["MlflowClient"], object]


@contextmanager
def stage_run(
    stage: str,
    params: Mapping[str, Any],
    data: Mapping[str, str] | None = None,
    date: str | None = None,
) -> Iterator[StageRun]:
    """Log a stage as a child run of its experiment; the run ends FINISHED, FAILED with the error as a tag, or KILLED by an interrupt.

    stage: its name in dvc.yaml, `finetune`; date: of a stage that runs for each date
    params: ALL parameters (nested mappings are flattened), the same for every stage: they tell experiments apart
    data: name → hash of what the stage reads (`data_hashes`)
    Raises TrackingError where MLFLOW_TRACKING_URI or the local store cannot work; a server that does not answer is only warned of.
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
    """The run of one stage. Every method returns at once, or after one request to the store at most every few seconds."""

    uri: str
    stage: str
    date: str | None
    identity: Identity
    params: Mapping[str, str]
    data: Mapping[str, str]
    parent_id: str = field(default="", init=False)
    child_id: str = field(default="", init=False)
    _experiment_id: str = field(default="", init=False)
    _waiting: deque[Action] = field(default_factory=deque, init=False)
    _epochs: list[Row] = field(default_factory=list, init=False)
    _client: MlflowClient | None = field(default=None, init=False)
    _starting: threading.Thread | None = field(default=None, init=False)
    _next_step: int = field(default=0, init=False)
    _send_at: float = field(default=0.0, init=False)
    _warned: bool = field(default=False, init=False)

    @property
    def name(self) -> str:
        """`finetune-2015`."""
        return "-".join(filter(None, [self.stage, self.date]))

    def epoch(self, step: int, metrics: Mapping[str, float | None]) -> None:
        """Log an epoch's metrics; None is left out. A final score of the same name becomes the curve's last point."""
        self._next_step = step + 1
        self._epochs.append((_now_ms(), step, defined_metrics(metrics)))
        self._send()

    def scores(self, metrics: Mapping[str, Any]) -> None:
        """Log final scores (nested mappings are flattened) here, and as `<stage>.<date>.<score>` on the parent.

        None, as of F1 where nothing was mapped and nothing predicted, is left out and named in the tag `undefined`.
        """
        defined = defined_metrics(metrics)
        self._log_metrics(lambda: self.child_id, defined, self._next_step)
        prefix = ".".join(filter(None, [self.stage, self.date]))
        self._log_metrics(
            lambda: self.parent_id,
            {f"{valid_name(prefix)}.{name}": value for name, value in defined.items()},
        )
        if undefined := sorted({valid_name(name) for name in flatten(metrics)} - defined.keys()):
            self.tags({"undefined": ", ".join(undefined)})
        self._send()

    def summary(self, metrics: Mapping[str, Any]) -> None:
        """Log scores of the whole experiment on the parent under their own names, also those of stages that DVC skipped."""
        self._log_metrics(lambda: self.parent_id, defined_metrics(metrics))
        self._send()

    def figure(self, path: Path) -> None:
        """Keep a file (PNG) as an artifact of the run, in the folder `figures`."""
        self._later(lambda client: client.log_artifact(self.child_id, str(path), "figures"))

    def text(self, name: str, text: str) -> None:
        """Keep a text, such as the model's summary, as an artifact."""
        self._later(lambda client: client.log_text(self.child_id, text, name))

    def tags(self, tags: Mapping[str, str]) -> None:
        """Tag the run."""
        self._later(lambda client: log_tags(client, self.child_id, tags))

    def begin(self) -> None:
        """Open the run in the store, or warn that the store is away."""
        check_uri(self.uri)
        if sqlite_path(
            self.uri
        ):  # checked just now; MLflow takes seconds to start, in which the stage goes on
            self._starting = threading.Thread(target=self._start, name="mlflow", daemon=True)
            self._starting.start()
        else:
            self._later(self._open)

    def _start(self) -> None:
        try:
            client = connect(self.uri)
            self._open(client)
            self._client = client
        except Exception:
            self._waiting.appendleft(
                self._open
            )  # tried again, and its error told, when the next thing is sent

    def end(self, status: str, error: str | None = None) -> None:
        """Close the run and send what still waits. status: FINISHED, FAILED or KILLED."""
        if error is not None:
            self.tags({"error": error})
        self._later(lambda client: self._close(client, status))
        self._send(now=True)
        if self._waiting:
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
        tags = self.identity.tags | {PARENT_TAG: self.parent_id, STAGE_TAG: stage}
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
        now_ms = _now_ms()
        self._waiting.append(
            lambda client: log_rows(client, run_id(), [(now_ms, step, dict(values))])
        )

    def _later(self, action: Action) -> None:
        self._waiting.append(action)
        self._send()

    def _send(self, now: bool = False) -> None:
        """Do what waits, in order. The store being away keeps it waiting; what the store refuses is dropped with a warning."""
        if self._starting and now:
            self._starting.join()
        if not now and (
            time.monotonic() < self._send_at or (self._starting and self._starting.is_alive())
        ):
            return
        self._send_at = time.monotonic() + SEND_EVERY_S
        if rows := self._epochs:
            self._epochs = []
            self._waiting.append(lambda client: log_rows(client, self.child_id, rows))
        while self._waiting and self._done(self._waiting[0]):
            self._waiting.popleft()

    def _done(self, action: Action) -> bool:
        try:
            if self._client is None:
                self._client = connect(self.uri)
            action(self._client)
        except TrackingError:
            raise
        except Exception as error:  # whatever a log does wrong, the stage goes on
            away = not self.child_id or is_temporary(error)
            if not (away and self._warned):
                outcome = (
                    "the stage goes on and its log waits" if away else "this entry is not logged"
                )
                log.warning(
                    "MLflow at %s: %s; %s", redact(self.uri), reason_of(error, self.uri), outcome
                )
            self._warned |= away
            self._send_at = time.monotonic() + (RETRY_AFTER_S if away else SEND_EVERY_S)
            return not away
        return True


def _now_ms() -> int:
    return int(time.time() * 1000)


def defined_metrics(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Return nested metrics as one mapping, without those that are undefined."""
    flat = {valid_name(name): value for name, value in flatten(metrics).items()}
    return {
        name: float(value)
        for name, value in flat.items()
        if isinstance(value, Real) and math.isfinite(value)
    }
