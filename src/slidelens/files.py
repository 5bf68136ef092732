"""Outputs written whole or not at all."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from slidelens.errors import OutputError, SlidelensError


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it takes the place of `path` when the block succeeds.

    The temporary path is in a folder of its own, so that sidecar files made with it never stay behind.
    Raises OutputError where the folder is read-only or the disk is full.
    """
    path = Path(path)
    folder = _folder_beside(path)
    try:
        with _refusing_unwritable(path):
            yield folder / path.name
            (folder / path.name).replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def atomic_write_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder; it takes the place of the folder `path` when the block succeeds."""
    path = Path(path)
    folder = _folder_beside(path)
    try:
        with _refusing_unwritable(path):
            new, old = folder / "new", folder / "old"
            new.mkdir()
            yield new
            if path.exists():
                path.replace(old)
            new.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder_beside(path: Path) -> Path:
    """A new hidden folder beside `path`, without those that killed processes have left there."""
    own = f".{path.name}.{platform.node()}-"
    with _refusing_unwritable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        for other in path.parent.iterdir():
            maker = re.fullmatch(rf"{re.escape(own)}(\d+)-\w+", other.name)
            if maker and not process_is_running(int(maker[1])):
                shutil.rmtree(other, ignore_errors=True)
        return Path(tempfile.mkdtemp(prefix=f"{own}{os.getpid()}-", dir=path.parent))


def process_is_running(process: int) -> bool:
    """Whether a process of this number is there, be it somebody else's."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


@contextmanager
def _refusing_unwritable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or " ".join(str(error.__cause__ or error).split())
        raise OutputError(
            f"cannot write {path}: {reason}; choose a folder that is writable and has room"
        ) from error


def require_disk_space(path: Path, size_bytes: int) -> None:
    """Raise OSError unless a file of this size can be made at `path`, where there is none; it is taken away again.

    For libraries that crash on a full disk, or keep silent.
    """
    path.write_bytes(bytes(size_bytes))
    path.unlink()


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text whole or not at all."""
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write JSON with stable key order and no NaN (use None)."""
    write_text(path, json_text(value) + "\n")


def json_text(value: Any) -> str:
    """JSON text, indented; refuses NaN and infinity."""
    return json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False)


def read_json(path: Path) -> Any:
    """Read a JSON file that slidelens wrote. Raises SlidelensError where it is missing or damaged."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SlidelensError(
            f"cannot read {path}: {error}; run the stage that writes it, or `dvc pull {path}`"
        ) from error
