"""Experiments in DVC's queue: which of those wanted are there, and running the others to their end.

Nothing runs twice: an experiment counts by its parameters, whoever ran it; what failed or was killed is queued again.
"""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import yaml

from slidelens.errors import ParamsError, SlidelensError
from slidelens.files import process_is_running
from slidelens.geo.vector import SUFFIXES
from slidelens.params.loading import load_params, parse_params
from slidelens.params.schema import Params
from slidelens.study.layout import SCENE_SUFFIXES

log = logging.getLogger(__name__)

STAGE = (
    "density"  # the stage up to which an experiment runs: its scores on test ground are there then
)
_POLL_S = 10.0
_REST = 4  # times as long as a poll took: on a busy machine DVC takes many seconds to answer, which the workers could use
_MARKED = re.compile(r"-[0-9a-f]{6}$")
_DATA = (*SCENE_SUFFIXES, *SUFFIXES)
_PATIENCE = 6  # polls without anything under way after which what is not finished is lost


@dataclass(frozen=True)
class RequestedExperiment:
    """An experiment to have. label: what it is called; changes: parameter, as `finetune.freeze` → value; stage: run up to it."""

    label: str
    changes: Mapping[str, Any]
    params: Params
    stage: str

    @property
    def name(self) -> str:
        """In DVC: the label and the mark."""
        return f"{self.label}{self.mark}"

    @property
    def mark(self) -> str:
        """Of all parameters and the stage, so that others are another experiment."""
        return (
            "-"
            + hashlib.sha256(
                f"{self.params.model_dump_json(by_alias=True)} {self.stage}".encode()
            ).hexdigest()[:6]
        )


@dataclass(frozen=True)
class ExistingExperiment:
    """An experiment that DVC knows of. state: queued, running, failed or success; process: its number while it runs."""

    name: str
    state: str
    params: Params | None
    metrics: dict[str, Any]
    process: int | None = None

    def is_(self, wanted: RequestedExperiment) -> bool:
        """Whether it is the experiment wanted: by its mark, or run by somebody else, and so to the end, with the same parameters."""
        return self.name.endswith(wanted.mark) or (
            self.params == wanted.params and not _MARKED.search(self.name)
        )


def request(
    folder: Path, label: str, changes: Mapping[str, Any], stage: str = STAGE
) -> RequestedExperiment:
    """An experiment with the parameters of folder/params.yaml and these changes. Raises ParamsError where they do not fit."""
    values = copy.deepcopy(yaml.safe_load((folder / "params.yaml").read_text(encoding="utf-8")))
    for name, value in changes.items():
        *sections, last = name.split(".")
        inner = values
        for section in sections:
            inner = inner.get(section) if isinstance(inner, dict) else None
        if not isinstance(inner, dict):
            raise ParamsError(f"{name} is not a parameter of {folder / 'params.yaml'}")
        inner[last] = value
    return RequestedExperiment(
        label,
        changes,
        parse_params(values, f"{label}: {folder / 'params.yaml'} with its changes"),
        stage,
    )


def prepare(folder: Path) -> Params:
    """The parameters, once the data are prepared: once here, and not in every experiment again."""
    params = load_params(folder / "params.yaml")
    _require_tracked(folder, Path(params.study.root))
    _dvc(folder, "repro", "prepare", shown=True)
    return params


def _require_tracked(folder: Path, root: Path) -> None:
    """Raise SlidelensError where the study's files are known neither to Git nor to DVC: experiments run in copies of what those know."""
    made = (folder / root.parent / "dvc.yaml").exists()  # by a stage, as the demo is
    if made or root.is_absolute() or not (folder / root / "scenes").is_dir():
        return  # an absolute path is outside of any copy; what is missing altogether `prepare` tells
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", str(root)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    in_git = set(listed.split("\0"))
    files = [
        path.relative_to(folder)
        for path in sorted((folder / root).rglob("*"))
        if path.suffix in _DATA and path.is_file()
    ]
    lost = [file for file in files if str(file) not in in_git and not _in_dvc(folder, file)]
    if lost:
        parts = " ".join(
            str(root / name) for name in sorted({file.relative_to(root).parts[0] for file in lost})
        )
        raise SlidelensError(
            f"{lost[0]} (and {len(lost) - 1} more) is known neither to Git nor to DVC, and experiments would not find it; "
            f"run `dvc add {parts}`, and `git add` and commit what it writes"
        )


def _in_dvc(folder: Path, file: Path) -> bool:
    """Whether the file, or a folder that it is in, has been added to DVC."""
    return any((folder / f"{path}.dvc").exists() for path in (file, *file.parents))


def complete(
    experiments: Sequence[RequestedExperiment], folder: Path, jobs: int
) -> list[ExistingExperiment]:
    """Queue those that are missing, run the queue to its end, and return what DVC then knows of each, in the order wanted.

    Ctrl-C stops the workers; what they were at is run again the next time.
    Raises SlidelensError where one failed.
    """
    if jobs < 1:
        raise ParamsError(f"--jobs is {jobs}; give 1 or more workers")
    commit = _commit(folder)
    missing = _missing(experiments, _without_failures(experiments, folder))
    log.info("%d experiments, of which %d are to be queued", len(experiments), len(missing))
    for experiment in missing:
        changes = [
            part
            for name, value in experiment.changes.items()
            for part in ("-S", f"{name}={text_of(value)}")
        ]
        _dvc(folder, "exp", "run", "--queue", "--name", experiment.name, *changes, experiment.stage)
    try:
        known = _run_queue(experiments, folder, jobs, commit)
    except KeyboardInterrupt:
        _dvc(folder, "queue", "stop", "--kill")
        raise
    if failed := [one.name for one in known if one.state == "failed"]:
        raise SlidelensError(
            f"{failed[0]} failed (and {len(failed) - 1} more); read why with `dvc queue logs {failed[0]}`, then run this again"
        )
    return known


def text_of(value: Any) -> str:
    """A value as `dvc exp run -S` takes it: null, 0.001, encoder."""
    return value if isinstance(value, str) else json.dumps(value)


def known_experiments(folder: Path, commit: str = "HEAD") -> list[ExistingExperiment]:
    """What `dvc exp show` tells of the experiments of a commit."""
    shown = json.loads(_shown(folder, commit))
    entries = [
        entry for row in shown if row["rev"] != "workspace" for entry in row["experiments"] or []
    ]
    return [_known(entry) for entry in entries]


def _commit(folder: Path) -> str:
    """The commit that is checked out; others may be made while the queue runs."""
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "HEAD"


def _shown(folder: Path, commit: str, tries: int = 5) -> str:
    """What `dvc exp show` prints; it stumbles where a worker takes its folder away at that moment, and is asked again."""
    try:
        return _dvc(folder, "exp", "show", "--json", "--rev", commit)
    except SlidelensError:
        if tries == 1:
            raise
        time.sleep(_POLL_S / 5)
        return _shown(folder, commit, tries - 1)


def _known(entry: dict[str, Any]) -> ExistingExperiment:
    executor, last = entry["executor"] or {}, entry["revs"][0]
    data = last["data"] or {}
    failed = "failed" if last["error"] else "success"
    metrics: dict[str, Any] = {}
    for file in data.get("metrics", {}).values():
        metrics |= file.get("data") or {}
    process = (executor.get("local") or {}).get("pid")
    return ExistingExperiment(
        last["name"] or last["rev"],
        executor.get("state") or failed,
        _params(data),
        metrics,
        process,
    )


def _params(data: dict[str, Any]) -> Params | None:
    """None where they are those of another version."""
    try:
        return parse_params(data["params"]["params.yaml"]["data"])
    except (ParamsError, KeyError, TypeError):
        return None


def _missing(
    experiments: Sequence[RequestedExperiment], known: Sequence[ExistingExperiment]
) -> list[RequestedExperiment]:
    return [one for one in experiments if not any(other.is_(one) for other in known)]


def _without_failures(
    experiments: Sequence[RequestedExperiment], folder: Path
) -> list[ExistingExperiment]:
    """What is known, without what failed or was killed, which is taken out of the queue."""
    known = [
        one for one in known_experiments(folder) if any(one.is_(other) for other in experiments)
    ]
    if any(map(_left_alone, known)):
        time.sleep(_POLL_S)  # a worker may just be putting the results away
        known = [
            one for one in known_experiments(folder) if any(one.is_(other) for other in experiments)
        ]
    lost = [one for one in known if one.state == "failed" or _left_alone(one)]
    for one in lost:
        log.info(
            "%s was %s; it is queued again",
            one.name,
            "a failure" if one.state == "failed" else "killed",
        )
        if one.state == "running":
            _dvc(
                folder, "queue", "kill", one.name
            )  # DVC itself takes it for running until it is told
        _dvc(folder, "queue", "remove", one.name)
    return [one for one in known if one not in lost]


def _left_alone(one: ExistingExperiment) -> bool:
    """Whether DVC takes it for running, but its process is gone. Before it has a number, a worker is just beginning with it."""
    return (
        one.state == "running" and one.process is not None and not process_is_running(one.process)
    )


def _run_queue(
    experiments: Sequence[RequestedExperiment], folder: Path, jobs: int, commit: str
) -> list[ExistingExperiment]:
    """Start workers and wait until no experiment is under way; what has no process any more, or is no longer there, has failed."""
    told, patience = -1, _PATIENCE
    while True:
        begun = time.monotonic()
        known = known_experiments(folder, commit)
        mine = [
            next(
                (other for other in known if other.is_(one)),
                ExistingExperiment(one.name, "gone", None, {}),
            )
            for one in experiments
        ]
        finished = [one for one in mine if one.state in ("success", "failed")]
        if len(finished) != told:
            told = len(finished)
            log.info("%d of %d experiments are finished", told, len(experiments))
        # For a moment, while a worker takes an experiment or puts its results away, that has no process either.
        under_way = any(
            one.state == "queued" or (one.state == "running" and not _left_alone(one))
            for one in mine
        )
        patience = _PATIENCE if under_way else patience - 1
        if told == len(mine) or not patience:
            return [one if one in finished else replace(one, state="failed") for one in mine]
        _dvc(
            folder, "queue", "start", "--jobs", str(jobs), environment=share_processors(jobs)
        )  # starts those that are missing
        time.sleep(max(_POLL_S, _REST * (time.monotonic() - begun)))


def share_processors(jobs: int) -> dict[str, str]:
    """Each worker its share of the processors, and no more of a GPU's memory than it needs."""
    share = str(max(1, (os.cpu_count() or 1) // jobs))
    wished = {
        "OMP_NUM_THREADS": share,
        "TF_NUM_INTRAOP_THREADS": share,
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    }
    return wished | {name: os.environ[name] for name in wished if name in os.environ}


def _dvc(
    folder: Path, *arguments: str, shown: bool = False, environment: Mapping[str, str] | None = None
) -> str:
    """What a DVC command prints. shown: on standard error instead, as it goes."""
    # A file and no pipe: workers that `queue start` leaves behind would hold the pipe's other end, and this would wait for them.
    with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        done = subprocess.run(
            [sys.executable, "-m", "dvc", *arguments],
            cwd=folder,
            env=os.environ | {"DVC_NO_ANALYTICS": "1"} | dict(environment or {}),
            stdout=sys.stderr if shown else out,
            stderr=None if shown else err,
            check=False,
        )
        for file in (out, err):
            file.seek(0)
        said, wrong = out.read(), err.read()
    if done.returncode:
        raise SlidelensError(
            f"`dvc {' '.join(arguments[:2])}` in {folder.resolve()}: {(wrong.strip() or 'see above').splitlines()[-1]}"
        )
    return said
