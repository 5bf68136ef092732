"""Check what input would need of the machine before anything is allocated or opened."""

from __future__ import annotations

import os
import re
import resource
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from slidelens.errors import ResourceError, SlidelensError

_PROCESS, _CONTROL_GROUPS = Path("/proc/self"), Path("/sys/fs/cgroup")
_NAME_FOR_GDAL = re.compile(
    r"/vsi[a-z0-9_]+/|[A-Z][A-Z0-9_]{2,}:|(zip|tar|gzip|https?|ftp|s3|gs|az):", re.ASCII
)
_BLOCK_BYTES = 512  # of st_blocks
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


def usable_cores() -> int:
    """Return the number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def total_memory_bytes() -> int:
    """Return the memory of the machine, or of the container if that has less, in bytes."""
    total = int(psutil.virtual_memory().total)
    return min(total, _container_limit_bytes() or total)


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
    """Return the least memory limit of the process's control groups, or None without one."""
    limits = []
    for file in _limit_files():
        with suppress(OSError, UnicodeDecodeError):
            text = file.read_text(encoding="ascii").strip()
            limits += [int(text)] if text.isdigit() else []
    return min(limits, default=None)


def _limit_files() -> Iterator[Path]:
    """Yield the files that may hold a limit of the process's control groups and those above."""
    groups = ["0::/", "0:memory:/"]
    with suppress(OSError, UnicodeDecodeError):
        groups += (_PROCESS / "cgroup").read_text(encoding="utf-8").splitlines()
    for group in dict.fromkeys(groups):
        _, controllers, name = (*group.split(":", 2), "", "")[:3]
        if controllers and "memory" not in controllers.split(","):
            continue
        folder = _CONTROL_GROUPS / ("memory" if controllers else "")
        for part in (Path(name.strip("/")), *Path(name.strip("/")).parents):
            yield folder / part / ("memory.limit_in_bytes" if controllers else "memory.max")


def require_address_space(size_bytes: int, what: str) -> None:
    """Raise ResourceError if a limit of the process (`ulimit -v`) leaves too little to map.

    Args:
        size_bytes: What is about to be mapped, most of which is never used.
        what: What needs it, for the message: "TensorFlow".
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY:
        left = max(0, limit - psutil.Process().memory_info().vms)
        if left < size_bytes:
            raise ResourceError(
                f"{what} needs {format_bytes(size_bytes)} of address space and the limit of this"
                f" process leaves {format_bytes(left)}; raise it, as with `ulimit -v unlimited`"
            )


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
        if _NAME_FOR_GDAL.match(str(path)):
            raise error(
                f"{path} is a name for GDAL, of a part of a file or of one elsewhere, and no {kind}"
                " that is a file; write one first, with `gdal_translate NAME image.tif`, or"
                " `ogr2ogr polygons.gpkg NAME`"
            ) from None
        raise error(f"there is no {kind} {path}; check the path") from None
    except (OSError, ValueError) as reason:  # ValueError: a null character
        text = getattr(reason, "strerror", None) or reason
        raise error(f"cannot read the {kind} {str(path)[:200]!r}: {text}; check the path") from None
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise error(f"the {kind} {path} is a device or a pipe, not a file; give a file")


def free_disk_bytes(path: Path) -> int:
    """Return the free space of the disk that a new file or folder would lie on, bytes."""
    folder = Path(path).absolute()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def used_disk_bytes(folder: Path) -> int:
    """Return the room that the files in a folder take on the disk, bytes; 0 if there is none.

    Args:
        folder: The folder; folders in it are not looked into.
    """
    used = 0
    for file in folder.glob("*"):
        with suppress(FileNotFoundError):  # another process has removed it
            used += file.stat().st_blocks * _BLOCK_BYTES
    return used
