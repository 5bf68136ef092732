"""Name the process that writes a run, so that others can tell whether it has ended."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import psutil

from slidelens.tracking.identity import short_digest

_TOLERANCE_S = 5.0  # the clock may be set while a process runs


def machine() -> str:
    """Return a digest of this machine, or of this container, whose process numbers are its own."""
    return short_digest([platform.node(), _text("/etc/machine-id"), _link("/proc/self/ns/pid")])


def this_process() -> str:
    """Return the name of this process: machine, number and start in seconds since 1970."""
    return f"{machine()}/{os.getpid()}/{psutil.Process().create_time():.0f}"


def has_ended(process: str) -> bool:
    """Return whether a process has ended; False for those of other machines.

    Args:
        process: Its name as `this_process` returns it.
    """
    parts = process.split("/")
    if len(parts) != 3 or parts[0] != machine():
        return False
    try:
        started_s = psutil.Process(int(parts[1])).create_time()
        return abs(started_s - float(parts[2])) > _TOLERANCE_S
    except psutil.NoSuchProcess:
        return True


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _link(path: str) -> str:
    try:
        return str(Path(path).readlink())
    except OSError:
        return ""
