"""A DVC repository: its commands, its commit and the experiments that it knows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Protocol

from slidelens.errors import ParamsError, SlidelensError
from slidelens.experiments.experiment import ExistingExperiment
from slidelens.experiments.lost_folders import find_lost_experiments
from slidelens.params.loading import parse_params
from slidelens.params.schema import Params

# What DVC says, and what to do about it.
_REMEDIES = {
    "Unable to acquire lock": "wait until the other DVC command in this repository has ended,"
    " or end it, and run this again",
    "JSON structure is corrupted": "a killed command has left that file half written:"
    " remove it (`rm .dvc/tmp/rwlock`) and run this again",
    "being blocked by": "wait until that command has ended, or end it, and run this again",
    "missing-files": "get them with `dvc pull`, or make them anew with `dvc repro`",
    "No space left": "free some room and run this again",
    "Read-only file system": "work in a copy of your own: `git clone` this folder and `dvc pull`",
}
_TRIES = 5  # of `dvc exp show`
_SHOW_S = 300.0  # that it may take; seconds are usual


class DvcRunner(Protocol):
    """Runs a DVC command in a folder and returns what it prints."""

    def __call__(
        self,
        folder: Path,
        *arguments: str,
        shown: bool = False,
        environment: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> str:
        """Run `dvc` with these arguments; see `run_dvc`."""


def run_dvc(
    folder: Path,
    *arguments: str,
    shown: bool = False,
    environment: Mapping[str, str] | None = None,
    timeout_s: float | None = None,
) -> str:
    """Run a DVC command and return what it prints on standard output.

    Args:
        folder: Folder of dvc.yaml.
        arguments: Words after `dvc`.
        shown: Show the output on standard error as it comes, and return "".
        environment: Variables to set for DVC and its stages.
        timeout_s: Seconds after which the command is ended; None: never. For commands that change
            nothing.

    Raises:
        SlidelensError: If DVC fails, with the last line that it says, or takes longer.
    """
    command = f"`dvc {' '.join(arguments[:2])}` in {folder.resolve()}"
    # Files and no pipes: workers that `queue start` leaves behind would hold the other end of a
    # pipe, and reading it would wait for them.
    with TemporaryFile("w+") as output_file, TemporaryFile("w+") as error_file:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "dvc", *arguments],
                cwd=folder,
                env=os.environ | {"DVC_NO_ANALYTICS": "1"} | dict(environment or {}),
                stdout=sys.stderr if shown else output_file,
                stderr=None if shown else error_file,
                check=False,
                timeout=timeout_s,
            )
        except subprocess.TimeoutExpired as error:
            raise SlidelensError(
                f"{command} has not ended after {timeout_s:g} s; run this again"
            ) from error
        for file in (output_file, error_file):
            file.seek(0)
        output, errors = output_file.read(), error_file.read().strip()
    if done.returncode:
        raise SlidelensError(f"{command}: {_reason(errors)}")
    return output


def _reason(errors: str) -> str:
    """Return DVC's last error on one line, with a remedy where DVC names none."""
    paragraphs = [text for text in errors.split("\n\n") if "ERROR" in text]
    if not paragraphs:
        return (errors or "see above").splitlines()[-1]
    lines = paragraphs[-1].splitlines()
    start = max(number for number, line in enumerate(lines) if "ERROR" in line)
    reason = " ".join(" ".join(lines[start:]).split())
    found = (remedy for sign, remedy in _REMEDIES.items() if sign in errors)
    return "; ".join([reason, *list(found)[:1]])


@dataclass(frozen=True)
class DvcRepository:
    """A folder in which DVC runs experiments.

    Attributes:
        folder: Folder of params.yaml and dvc.yaml.
        runner: Runs DVC's commands.
        poll_s: Seconds between two looks at the experiments.
    """

    folder: Path
    runner: DvcRunner = run_dvc
    poll_s: float = 10.0

    def dvc(
        self,
        *arguments: str,
        shown: bool = False,
        environment: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> str:
        """Run a DVC command here and return what it prints; see `run_dvc`."""
        return self.runner(
            self.folder, *arguments, shown=shown, environment=environment, timeout_s=timeout_s
        )

    def commit(self) -> str:
        """Return the commit that is checked out, or HEAD without Git."""
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip() or "HEAD"

    def experiments(self, commit: str = "HEAD") -> list[ExistingExperiment]:
        """Return the experiments of a commit.

        Raises:
            SlidelensError: If DVC cannot show them.
        """
        rows = json.loads(self._show(commit))
        entries = [
            entry for row in rows if row["rev"] != "workspace" for entry in row["experiments"] or []
        ]
        return [_existing(entry) for entry in entries]

    def _show(self, commit: str) -> str:
        """Return what `dvc exp show` prints.

        It fails, or never ends, while a worker makes its folder or takes it away, so it is tried
        again. If a kill has ended the worker in that moment, it fails until the experiment is ended
        too.
        """
        show = partial(self.dvc, "exp", "show", "--json", "--rev", commit, timeout_s=_SHOW_S)
        for _ in range(_TRIES - 1):
            try:
                return show()
            except SlidelensError:
                time.sleep(self.poll_s / 5)
        if lost := find_lost_experiments(self.folder):
            with suppress(SlidelensError):  # of those that have ended
                self.dvc("queue", "kill", "--force", *lost)
        return show()


def _existing(entry: Mapping[str, Any]) -> ExistingExperiment:
    executor, last = entry["executor"] or {}, entry["revs"][0]
    data = last["data"] or {}
    metrics: dict[str, Any] = {}
    for file in data.get("metrics", {}).values():
        metrics |= file.get("data") or {}
    return ExistingExperiment(
        name=last["name"] or last["rev"],
        state=executor.get("state") or ("failed" if last["error"] else "success"),
        params=_params(data),
        metrics=metrics,
        process=(executor.get("local") or {}).get("pid"),
    )


def _params(data: Mapping[str, Any]) -> Params | None:
    try:
        return parse_params(data["params"]["params.yaml"]["data"])
    except (ParamsError, KeyError, TypeError):  # of another version
        return None
