"""Measure what a process and its children take."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

POLL_S = 0.05
MB = 2**20


@dataclass(frozen=True)
class Cost:
    """What a command took.

    Attributes:
        wall_s: Time of the clock.
        cpu_s: Processor time of all its processes.
        peak_mb: Peak memory: of one process as the kernel counts it (ru_maxrss), of several the
            largest sum seen, if that is more; what processes share, such as libraries, counts once
            where the kernel tells (Linux). The kernel's is never less than that of the process that
            started it, here about 100 MB.
        failure: The last line of what it printed, if it failed.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    failure: str = ""


def run(
    command: Sequence[str | Path],
    variables: Mapping[str, str] | None = None,
    folder: Path | None = None,
    limit_s: float | None = None,
) -> Cost:
    """Run a command and measure it.

    Args:
        command: Program and arguments.
        variables: Environment variables to add.
        folder: Where to run it; by default here.
        limit_s: After so many seconds it is ended and counts as failed.
    """
    with tempfile.TemporaryFile() as printed:
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command],
            env={**os.environ, **(variables or {})},
            cwd=folder,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
        status, usage, peak_bytes = _wait(process, start, limit_s)
        wall_s = time.perf_counter() - start
        # `wait4` has taken the status that Popen would wait for.
        process.returncode = os.waitstatus_to_exitcode(status)
        failure = "" if process.returncode == 0 else _last_line(printed, process.returncode)
    return Cost(
        wall_s,
        usage.ru_utime + usage.ru_stime,
        max(usage.ru_maxrss * 1024, peak_bytes) / MB,
        failure,
    )


def _wait(
    process: subprocess.Popen[bytes], start: float, limit_s: float | None
) -> tuple[int, resource.struct_rusage, int]:
    """Return exit status, resource usage, and the largest sum of memory of several processes."""
    peak_bytes, ended = 0, False
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            return status, usage, peak_bytes
        peak_bytes = max(peak_bytes, _tree_bytes(process.pid))
        if limit_s is not None and not ended and time.perf_counter() - start > limit_s:
            _end_tree(process.pid)
            ended = True
        time.sleep(POLL_S)


def _end_tree(pid: int) -> None:
    """End a process and its descendants; not by Popen, which would take the status."""
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        for one in (*root.children(recursive=True), root):
            with contextlib.suppress(psutil.Error):
                os.kill(one.pid, signal.SIGKILL)


def _tree_bytes(pid: int) -> int:
    """Return the memory of a process and its descendants; 0 if it has none."""
    total = 0
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        children = root.children(recursive=True)
        if not children:
            return 0  # the kernel's own count is exact
        for one in (root, *children):
            with contextlib.suppress(psutil.Error):
                total += _bytes(one)
    return total


def _bytes(process: psutil.Process) -> int:
    """Return the memory of a process: its share of what it has in common with others, if known."""
    memory = process.memory_full_info()
    return int(getattr(memory, "pss", memory.rss))


def _last_line(printed: IO[bytes], status: int) -> str:
    printed.seek(0)
    lines = printed.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"exit status {status}"


def use_cores(cores: int) -> list[int]:
    """Confine this process and those it starts to so many cores; return which."""
    own = psutil.Process()
    if not hasattr(own, "cpu_affinity"):
        return list(range(cores))
    chosen = sorted(own.cpu_affinity())[:cores]
    own.cpu_affinity(chosen)
    return chosen
