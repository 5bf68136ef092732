"""Runs of the pipeline in MLflow: a parent run an experiment, a child run a stage. The only file that imports mlflow.

A training of hours is never lost to a log: what is logged waits in a queue until the server takes it, and a server that is away
costs a warning. A store that cannot work at all (misspelt address, folder, unwritable database) is refused before the stage starts.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import logging
import math
import os
import re
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from filelock import FileLock

from slidelens.errors import TrackingError

if TYPE_CHECKING:
    from mlflow import MlflowClient

log = logging.getLogger(__name__)

EXPERIMENT = "slidelens"  # the MLflow experiment that holds every run
SEND_EVERY_S = 5.0  # epochs are sent together, so that an epoch of a second is not slowed
RETRY_AFTER_S = 300.0  # a server that is away is asked again after so long, and at the stage's end
LOCK_TIMEOUT_S = 120.0
Row = tuple[int, int, Mapping[str, float]]  # milliseconds since 1970, step, metrics
Action = Callable[["MlflowClient"], object]
_KEY, _STAGE, _PARENT = "slidelens.key", "slidelens.stage", "mlflow.parentRunId"
_SQLITE = "sqlite:///"
_LONGEST_TAG, _LONGEST_PARAM, _MOST_TAGS_OR_PARAMS, _MOST_METRICS = 5000, 6000, 100, 1000  # MLflow's limits


def repository_root() -> Path:
    """The main repository's folder, also for a stage that DVC runs in a temporary copy (DVC_ROOT)."""
    if given := os.environ.get("DVC_ROOT"):
        return Path(given)
    here = Path.cwd()
    for marker in (".dvc", ".git", "dvc.yaml"):  # demo/ has a dvc.yaml of its own, so the folder's own marks come first
        for folder in (here, *here.parents):
            if (folder / marker).exists():
                return folder
    return here


def tracking_uri() -> str:
    """MLFLOW_TRACKING_URI if set, else `sqlite:///{root}/mlflow.db`. A relative sqlite path counts from the repository's root."""
    given = os.environ.get("MLFLOW_TRACKING_URI", "").strip()
    path = _sqlite_path(given or f"{_SQLITE}mlflow.db")
    if not path or Path(path).is_absolute():
        return given
    return sqlite_uri(repository_root() / path)


def sqlite_uri(path: Path) -> str:
    """The address of a database file. SQLAlchemy decodes %20 and takes ? for a query."""
    return _SQLITE + quote(str(path.absolute()), safe="/ #&+,;=@~()")


def data_hashes(paths: Iterable[Path]) -> dict[str, str]:
    """The MD5 of each file or folder under its path as given, the same as DVC writes into dvc.lock."""
    return {Path(path).as_posix(): _folder_md5(Path(path)) if Path(path).is_dir() else _file_md5(Path(path)) for path in paths}


def _folder_md5(folder: Path) -> str:
    files = sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file())
    entries = [{"md5": _file_md5(path), "relpath": name} for name, path in files]
    return hashlib.md5(json.dumps(entries).encode(), usedforsecurity=False).hexdigest() + ".dir"


def _file_md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one, names joined by dots."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        nested = isinstance(value, Mapping) and value
        flat |= flatten(value, f"{prefix}{name}.") if nested else {f"{prefix}{name}": value}
    return flat


@dataclass(frozen=True)
class Identity:
    """What makes an experiment one: its DVC name and baseline (or the Git revision) and every parameter."""

    key: str
    name: str
    tags: dict[str, str]


def identify(params: Mapping[str, str]) -> Identity:
    """The experiment that this process works for. params: all of params.yaml, flat, as logged."""
    revision, dvc_name, baseline = _git_revision(), os.environ.get("DVC_EXP_NAME"), os.environ.get("DVC_EXP_BASELINE_REV", "")
    key = _digest([dvc_name, baseline or revision, sorted(params.items())])
    name = dvc_name or f"repro-{revision[:7] or 'no-git'}-{key[:6]}"
    known = {"git.revision": revision, "mlflow.source.git.commit": revision, "dvc.exp_name": dvc_name, "dvc.baseline_rev": baseline}
    return Identity(key, name, {name: value for name, value in known.items() if value})


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]


def _git_revision() -> str:
    try:
        answer = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


@contextmanager
def stage_run(stage: str, params: Mapping[str, Any], data: Mapping[str, str] | None = None, date: str | None = None) -> Iterator[StageRun]:
    """Log a stage as a child run of its experiment; the run ends FINISHED, FAILED with the error as a tag, or KILLED by an interrupt.

    stage: its name in dvc.yaml, `finetune`; date: of a stage that runs for each date
    params: ALL parameters (nested mappings are flattened), the same for every stage: they tell experiments apart
    data: name → hash of what the stage reads (`data_hashes`)
    Raises TrackingError where MLFLOW_TRACKING_URI or the local store cannot work; a server that does not answer is only warned of.
    """
    flat = {_valid(name): _text(value) for name, value in flatten(params).items()}
    run = StageRun(tracking_uri(), stage, date, identify(flat), flat, dict(data or {}))
    run.begin()
    try:
        yield run
    except BaseException as error:
        run.end("FAILED" if isinstance(error, Exception) else "KILLED", f"{type(error).__name__}: {error}")
        raise
    run.end("FINISHED")


def _valid(name: str) -> str:
    """A name as MLflow allows: `finetune@2015` → `finetune.2015`."""
    return re.sub(r"[^\w\-./ ]", "_", name.replace("@", "."), flags=re.ASCII)


def _text(value: object) -> str:
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
        self._epochs.append((_now_ms(), step, _defined(metrics)))
        self._send()

    def scores(self, metrics: Mapping[str, Any]) -> None:
        """Log final scores (nested mappings are flattened) here, and as `<stage>.<date>.<score>` on the parent.

        None, as of F1 where nothing was mapped and nothing predicted, is left out and named in the tag `undefined`.
        """
        defined = _defined(metrics)
        self._log_metrics(lambda: self.child_id, defined, self._next_step)
        prefix = ".".join(filter(None, [self.stage, self.date]))
        self._log_metrics(lambda: self.parent_id, {f"{_valid(prefix)}.{name}": value for name, value in defined.items()})
        if undefined := sorted({_valid(name) for name in flatten(metrics)} - defined.keys()):
            self.tags({"undefined": ", ".join(undefined)})
        self._send()

    def summary(self, metrics: Mapping[str, Any]) -> None:
        """Log scores of the whole experiment on the parent under their own names, also those of stages that DVC skipped."""
        self._log_metrics(lambda: self.parent_id, _defined(metrics))
        self._send()

    def figure(self, path: Path) -> None:
        """Keep a file (PNG) as an artifact of the run, in the folder `figures`."""
        self._later(lambda client: client.log_artifact(self.child_id, str(path), "figures"))

    def text(self, name: str, text: str) -> None:
        """Keep a text, such as the model's summary, as an artifact."""
        self._later(lambda client: client.log_text(self.child_id, text, name))

    def tags(self, tags: Mapping[str, str]) -> None:
        """Tag the run."""
        self._later(lambda client: _log_tags(client, self.child_id, tags))

    def begin(self) -> None:
        """Open the run in the store, or warn that the store is away."""
        _check_uri(self.uri)
        if _sqlite_path(self.uri):  # checked just now; MLflow takes seconds to start, in which the stage goes on
            self._starting = threading.Thread(target=self._start, name="mlflow", daemon=True)
            self._starting.start()
        else:
            self._later(self._open)

    def _start(self) -> None:
        try:
            client = _connected(self.uri)
            self._open(client)
            self._client = client
        except Exception:
            self._waiting.appendleft(self._open)  # tried again, and its error told, when the next thing is sent

    def end(self, status: str, error: str | None = None) -> None:
        """Close the run and send what still waits. status: FINISHED, FAILED or KILLED."""
        if error is not None:
            self.tags({"error": error})
        self._later(lambda client: self._close(client, status))
        self._send(now=True)
        if self._waiting:
            log.warning("MLflow at %s did not take all of run %s; the results themselves are not affected", _shown(self.uri), self.name)

    def _open(self, client: MlflowClient) -> None:
        with _locked(self.uri):
            self._experiment_id = _experiment_id(client, self.uri)
            self.parent_id = _parent(client, self._experiment_id, self.identity)
            _log_params(client, self.parent_id, self.params)
        stage = "@".join(filter(None, [self.stage, self.date]))  # as DVC calls it
        data = {f"data.{name}": value for name, value in self.data.items()}
        _log_tags(client, self.parent_id, data)
        _end_stale(client, self._experiment_id, self.parent_id, stage)
        tags = self.identity.tags | {_PARENT: self.parent_id, _STAGE: stage}
        child = str(client.create_run(self._experiment_id, run_name=self.name, tags=tags).info.run_id)
        _log_params(client, child, self.params)
        _log_tags(client, child, data)
        self.child_id = child

    def _close(self, client: MlflowClient, status: str) -> None:
        client.set_terminated(self.child_id, status)
        if not _running(client, self._experiment_id, self.parent_id):
            client.set_terminated(self.parent_id, status)

    def _log_metrics(self, run_id: Callable[[], str], values: Mapping[str, float], step: int = 0) -> None:
        now_ms = _now_ms()
        self._waiting.append(lambda client: _log_rows(client, run_id(), [(now_ms, step, dict(values))]))

    def _later(self, action: Action) -> None:
        self._waiting.append(action)
        self._send()

    def _send(self, now: bool = False) -> None:
        """Do what waits, in order. The store being away keeps it waiting; what the store refuses is dropped with a warning."""
        if self._starting and now:
            self._starting.join()
        if not now and (time.monotonic() < self._send_at or (self._starting and self._starting.is_alive())):
            return
        self._send_at = time.monotonic() + SEND_EVERY_S
        if rows := self._epochs:
            self._epochs = []
            self._waiting.append(lambda client: _log_rows(client, self.child_id, rows))
        while self._waiting and self._done(self._waiting[0]):
            self._waiting.popleft()

    def _done(self, action: Action) -> bool:
        try:
            if self._client is None:
                self._client = _connected(self.uri)
            action(self._client)
        except TrackingError:
            raise
        except Exception as error:  # whatever a log does wrong, the stage goes on
            away = not self.child_id or _is_away(error)
            if not (away and self._warned):
                outcome = "the stage goes on and its log waits" if away else "this entry is not logged"
                log.warning("MLflow at %s: %s; %s", _shown(self.uri), _reason(error, self.uri), outcome)
            self._warned |= away
            self._send_at = time.monotonic() + (RETRY_AFTER_S if away else SEND_EVERY_S)
            return not away
        return True


def _now_ms() -> int:
    return int(time.time() * 1000)


def _defined(metrics: Mapping[str, Any]) -> dict[str, float]:
    flat = {_valid(name): value for name, value in flatten(metrics).items()}
    return {name: float(value) for name, value in flat.items() if isinstance(value, Real) and math.isfinite(value)}


# The store


def _sqlite_path(uri: str) -> str:
    """The file of a sqlite store, else nothing."""
    return unquote(uri.removeprefix(_SQLITE).partition("?")[0]) if uri.startswith(_SQLITE) else ""


def _check_uri(uri: str, reading: bool = False) -> None:
    """Raise TrackingError for what cannot work now or later. MLflow itself tries an unwritable file for 100 seconds."""
    parts, path = urlsplit(uri), Path(_sqlite_path(uri))
    if parts.scheme in ("http", "https") and not parts.netloc:
        raise _unusable(uri, "it names no host")
    if parts.scheme in ("", "file"):
        raise _unusable(uri, "it is a folder, which MLflow 3 no longer takes")
    if not _sqlite_path(uri):
        return
    if reading and not path.is_file():
        raise TrackingError(f"there is no MLflow store {path}; run the pipeline first, or name a store with --store or MLFLOW_TRACKING_URI")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=LOCK_TIMEOUT_S)) as store:
            store.execute("SELECT count(*) FROM sqlite_master" if reading else "BEGIN IMMEDIATE")
    except (OSError, sqlite3.Error) as error:
        raise _unusable(uri, str(error)) from error


def _unusable(uri: str, reason: str) -> TrackingError:
    return TrackingError(
        f"the MLflow store {_shown(uri)} cannot be used: {reason}; "
        "set MLFLOW_TRACKING_URI to http://host:port or sqlite:////folder/mlflow.db, or unset it for the repository's own"
    )


def _shown(uri: str) -> str:
    """The address without user name and password."""
    return re.sub(r"(?<=//)[^/@]*@", "", uri)


def _connected(uri: str) -> MlflowClient:
    """A client of the store. A server is not asked yet; a database is opened, and made if there is none."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # nothing leaves the machine but what goes to the team's server
    from mlflow import MlflowClient

    try:
        with _locked(uri):  # processes that make a new database at once crash in its migration
            return MlflowClient(tracking_uri=uri)
    except Exception as error:
        unknown = "unsupported URI" in str(error)
        raise _unusable(uri, "MLflow knows no such kind of address" if unknown else _reason(error, uri)) from error


# One try of ten seconds: waiting is done here, without holding the stage up. MLflow's own log repeats errors with a traceback.
_QUIET = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",
    "MLFLOW_DISABLE_AGENT_HINT": "true",
}


def _locked(uri: str) -> FileLock:
    """A lock that the user's processes on this machine share: beside a database, or one for all servers."""
    path = _sqlite_path(uri)
    shared = Path(tempfile.gettempdir()) / f"slidelens-{_digest(_user())}.lock"
    return FileLock(f"{path}.lock" if path else shared, timeout=LOCK_TIMEOUT_S)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number that has no name
        return str(os.getuid())


def _is_away(error: Exception) -> bool:
    """Whether to try again later: the server is away, too busy or locked, rather than refusing what is sent."""
    from mlflow.exceptions import MlflowException
    from requests import RequestException

    if isinstance(error, MlflowException):
        return error.error_code in ("INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED")
    return isinstance(error, RequestException)


def _reason(error: Exception, uri: str) -> str:
    text = " ".join(str(error).split()).replace(uri, _shown(uri)) or type(error).__name__
    return text if len(text) <= 200 else f"{text[:200]}…"


def _experiment_id(client: MlflowClient, uri: str) -> str:
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    return str(client.create_experiment(EXPERIMENT, artifact_location=_artifact_location(uri)))


def _artifact_location(uri: str) -> str | None:
    """Absolute, beside the database: a relative one would mean the folder of whoever is first. A server decides itself."""
    if urlsplit(uri).scheme in ("http", "https"):
        return None
    folder = Path(_sqlite_path(uri)).parent if _sqlite_path(uri) else repository_root()
    return (folder.absolute() / "mlartifacts").as_uri()


def _parent(client: MlflowClient, experiment_id: str, identity: Identity) -> str:
    """The experiment's run, found by its key or made. Call it under the store's lock."""
    found = client.search_runs([experiment_id], f"tags.`{_KEY}` = '{identity.key}'", max_results=1, order_by=["attributes.start_time ASC"])
    if found:
        client.update_run(found[0].info.run_id, status="RUNNING")
        return str(found[0].info.run_id)
    tags = identity.tags | {_KEY: identity.key, "mlflow.user": _user(), "mlflow.source.name": "slidelens"}
    return str(client.create_run(experiment_id, run_name=identity.name, tags=tags).info.run_id)


def _end_stale(client: MlflowClient, experiment_id: str, parent_id: str, stage: str) -> None:
    """A stage that was killed could not end its run: the next start of the same stage does."""
    for run in _running(client, experiment_id, parent_id, stage):
        client.set_tag(run.info.run_id, "error", "the process ended before the stage did")
        client.set_terminated(run.info.run_id, "KILLED")


def _running(client: MlflowClient, experiment_id: str, parent_id: str, stage: str | None = None) -> list[Any]:
    only = f" and tags.`{_STAGE}` = '{stage}'" if stage else ""
    return list(client.search_runs([experiment_id], f"attributes.status = 'RUNNING' and tags.`{_PARENT}` = '{parent_id}'{only}"))


def _log_tags(client: MlflowClient, run_id: str, tags: Mapping[str, str]) -> None:
    from mlflow.entities import RunTag

    values = [RunTag(_valid(name), str(value)[:_LONGEST_TAG]) for name, value in tags.items()]
    for start in range(0, len(values), _MOST_TAGS_OR_PARAMS):
        client.log_batch(run_id, tags=values[start : start + _MOST_TAGS_OR_PARAMS])


def _log_params(client: MlflowClient, run_id: str, params: Mapping[str, str]) -> None:
    from mlflow.entities import Param

    values = [Param(name, value[:_LONGEST_PARAM]) for name, value in params.items()]
    for start in range(0, len(values), _MOST_TAGS_OR_PARAMS):
        client.log_batch(run_id, params=values[start : start + _MOST_TAGS_OR_PARAMS])


def _log_rows(client: MlflowClient, run_id: str, rows: Iterable[Row]) -> None:
    from mlflow.entities import Metric

    values = [Metric(name, value, time_ms, step) for time_ms, step, metrics in rows for name, value in metrics.items()]
    for start in range(0, len(values), _MOST_METRICS):
        client.log_batch(run_id, metrics=values[start : start + _MOST_METRICS])


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
    _check_uri(uri, reading=True)
    client = _connected(uri)
    try:
        found = client.get_experiment_by_name(experiment)
        runs = _all_parents(client, found.experiment_id) if found else []
    except Exception as error:
        raise _unusable(uri, _reason(error, uri)) from error
    if found is None:
        raise TrackingError(f"the MLflow store {_shown(uri)} has no experiment {experiment}; run the pipeline first, or name another one")
    return [_logged(run) for run in runs]


def _all_parents(client: MlflowClient, experiment_id: str) -> list[Any]:
    runs: list[Any] = []
    token: str | None = None
    while token != "":
        page = client.search_runs([experiment_id], f"tags.`{_KEY}` LIKE '%'", order_by=["attributes.start_time DESC"], page_token=token)
        runs += page
        token = page.token or ""
    return runs


def _logged(run: Any) -> LoggedExperiment:
    info, data = run.info, run.data
    return LoggedExperiment(info.run_name, info.run_id, info.start_time, dict(data.params), dict(data.metrics), dict(data.tags))
