"""Check what input would need of the machine before anything is allocated or opened."""

from __future__ import annotations

import resource
import stat
from pathlib import Path

import psutil

from slidelens.errors import ResourceError, SlidelensError

_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


def available_memory_bytes() -> int:
    """Return the memory that this process may still use, in bytes.

    It is what the machine has free, or less where a limit is set for the process or its container.
    """
    available = int(psutil.virtual_memory().available)
    process = psutil.Process()
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY:
        available = min(available, limit - process.memory_info().vms)
    container = _container_limit_bytes()
    if container is not None:
        available = min(available, container - process.memory_info().rss)
    return max(available, 0)


def _container_limit_bytes() -> int | None:
    """Return the memory limit of the control group, or None without one."""
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(path).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit():
            return int(text)
    return None


def require_memory(size_bytes: float, what: str, remedy: str) -> None:
    """Raise ResourceError unless so much memory is available.

    Args:
        size_bytes: What is about to be allocated; may be infinite.
        what: What needs it, with its size: "a grid of 10⁶ × 10⁶ pixels".
        remedy: What to change: "set study.pixel_m to a larger pixel".
    """
    available = available_memory_bytes()
    if not size_bytes <= available:  # also refuses NaN
        raise ResourceError(
            f"{what} needs {format_bytes(size_bytes)} of memory and"
            f" {format_bytes(available)} are available; {remedy}"
        )


def format_bytes(size_bytes: float) -> str:
    """Return a size with its unit, in steps of 1000, to two digits: `1.5 GB`."""
    size = float(size_bytes)
    for unit in _UNITS[:-1]:
        if size < 1000:
            return f"{size:.2g} {unit}" if size < 10 else f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.3g} {_UNITS[-1]}"


def require_readable_file(path: Path, kind: str, error: type[SlidelensError]) -> None:
    """Raise an error unless the path is a regular file, which reading cannot block.

    A pipe or a terminal would be waited for without end. Folders are left to the reader of the
    format: some formats are folders.

    Args:
        path: The input.
        kind: What it should be, for the message: "scene", "inventory".
        error: The class to raise.
    """
    try:
        mode = Path(path).stat().st_mode
    except FileNotFoundError:
        raise error(f"there is no {kind} {path}; check the path") from None
    except (OSError, ValueError) as reason:  # ValueError: a null character
        text = getattr(reason, "strerror", None) or reason
        raise error(f"cannot read the {kind} {str(path)[:200]!r}: {text}; check the path") from None
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise error(f"the {kind} {path} is a device or a pipe, not a file; give a file")
