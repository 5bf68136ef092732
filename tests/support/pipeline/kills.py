"""Stop commands at random moments, as users, closed terminals and full machines do."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryFile
from typing import Any

import psutil

from support.pipeline.workshop import Workshop

KILL, HANG_UP, INTERRUPT, INTERRUPT_TWICE = "SIGKILL", "SIGHUP", "Ctrl-C", "Ctrl-C twice"
EVERYTHING, COMMAND, WORKERS_FIRST = "everything", "the command", "the workers first"
_OF_A_TERMINAL = (signal.SIGHUP, signal.SIGINT)
KILLS = int(os.environ.get("SLIDELENS_KILLS", "8"))  # in each test; 40 for figures
_TEMPORARY = re.compile(r"^\..+-\d+-\w{8}$")  # as slidelens.outputs names them


@dataclass
class Campaign:
    """Kills of one command in one repository.

    Attributes:
        shop: The repository.
        command: What is killed, and run again.
        longest_s: Latest moment of a kill after the start.
        random: Draws the moments.
        outcomes: What the processes were doing, counted.
        output: What the runs that came after a kill printed.
    """

    shop: Workshop
    command: Sequence[str]
    longest_s: float
    random: Random
    environment: dict[str, str] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    output: str = ""

    def kill(self, how: str = KILL, victims: str = COMMAND) -> bool:
        """Start the command and stop it at a random moment; return whether it had ended by itself.

        Args:
            how: One of the four ways.
            victims: The command alone; all processes that work in the repository, also those of
                DVC's queue; or those first, and the command a while later.
        """
        # A file, as a worker that lives on keeps a pipe open.
        with TemporaryFile("w+") as said:
            process = _start(
                self.command, self.shop, self.environment, stdout=said, stderr=subprocess.STDOUT
            )
            try:
                process.wait(self.random.uniform(0, self.longest_s))
            except subprocess.TimeoutExpired:
                self._stop_victims(process, how, victims)
                self.outcomes["killed"] += 1
            else:
                status = process.returncode
                self.outcomes["ended first" if status == 0 else f"failed with {status}"] += 1
                said.seek(0)
                self.output += said.read() if status else ""
        return process.returncode == 0

    def _stop_victims(self, process: subprocess.Popen[str], how: str, victims: str) -> None:
        if victims != COMMAND:
            for group in process_groups_in(self.shop.folder) - {process.pid}:
                _stop(group, how)
        if victims == WORKERS_FIRST:
            time.sleep(self.random.uniform(0, 5))
        _stop(process.pid, how)
        process.wait(timeout=120)
        _wait_for_end(process.pid)


def _start(
    command: Sequence[str], shop: Workshop, environment: Mapping[str, str], **options: Any
) -> subprocess.Popen[str]:
    """Start a command in a session of its own, in which a terminal's signals do what they do."""
    # A shell that starts the tests in the background, or `nohup`, has these ignored.
    before = {number: signal.signal(number, signal.SIG_DFL) for number in _OF_A_TERMINAL}
    try:
        return subprocess.Popen(
            command,
            cwd=shop.folder,
            env=shop.environment(**environment),
            start_new_session=True,
            **options,
        )
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_when(shop: Workshop, command: Sequence[str], how: str, is_time: Callable[[], bool]) -> int:
    """Start a command and stop it as soon as `is_time()` is true; return its exit status."""
    process = _start(
        command, shop, {}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
    )
    while process.poll() is None and not is_time():
        time.sleep(0.01)
    _stop(process.pid, how)
    status = process.wait(timeout=120)
    _wait_for_end(process.pid)
    return status


def _wait_for_end(group: int) -> None:
    """Wait until no process of a group is left, as a user sees before typing the next command."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        with suppress(ProcessLookupError):
            os.killpg(group, 0)
            time.sleep(0.1)
            continue
        return


def _stop(group: int, how: str) -> None:
    with suppress(ProcessLookupError):
        if how in (INTERRUPT, INTERRUPT_TWICE):
            os.killpg(group, signal.SIGINT)
            if how == INTERRUPT_TWICE:
                time.sleep(0.3)
                os.killpg(group, signal.SIGINT)
        else:
            os.killpg(group, getattr(signal, how))


def process_groups_in(folder: Path) -> set[int]:
    """Return the process groups, but this one, of processes that work in a folder."""
    groups = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if Path(process.cwd()).is_relative_to(folder):
                groups.add(os.getpgid(process.pid))
    return groups - {os.getpgrp()}


def statuses(folder: Path) -> Counter[str]:
    """Return how many runs in the store of a repository have each status."""
    with closing(sqlite3.connect(folder / "mlflow.db")) as store:
        return Counter(status for (status,) in store.execute("SELECT status FROM runs"))


def lock_holders(folder: Path) -> set[int]:
    """Return the running processes that hold DVC's lock of paths.

    DVC leaves there what a killed or hung up process held, and a later command that writes there
    removes it with a warning.
    """
    lock = folder / ".dvc/tmp/rwlock"
    text = lock.read_text() if lock.exists() else ""
    return {int(pid) for pid in re.findall(r'"pid": (\d+)', text) if psutil.pid_exists(int(pid))}


def litter(folder: Path) -> list[str]:
    """Return temporary files and folders of processes that are gone."""
    return [
        path.relative_to(folder).as_posix()
        for path in folder.rglob(".*")
        if _TEMPORARY.match(path.name) and ".git" not in path.parts
    ]
