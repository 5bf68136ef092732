"""Write files and folders atomically, and read JSON."""

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
    """Yield a temporary path that replaces `path` when the block succeeds.

    The temporary path is in a folder of its own, so that side files never stay behind.

    Raises:
        OutputError: The folder is read-only or the disk is full.
    """
    path = Path(path)
    folder = _make_folder_beside(path)
    try:
        with _translate_os_errors(path):
            yield folder / path.name
            (folder / path.name).replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def atomic_write_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder that replaces the folder `path` when the block succeeds.

    Raises:
        OutputError: The folder is read-only or the disk is full.
    """
    path = Path(path)
    folder = _make_folder_beside(path)
    try:
        with _translate_os_errors(path):
            new, old = folder / "new", folder / "old"
            new.mkdir()
            yield new
            if path.exists():
                path.replace(old)
            new.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_folder_beside(path: Path) -> Path:
    """Return a new hidden folder beside `path`; delete those left by killed processes."""
    own = f".{path.name}.{platform.node()}-"
    with _translate_os_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        for sibling in path.parent.iterdir():
            match = re.fullmatch(rf"{re.escape(own)}(\d+)-\w+", sibling.name)
            if match and not process_is_running(int(match[1])):
                shutil.rmtree(sibling, ignore_errors=True)
        return Path(tempfile.mkdtemp(prefix=f"{own}{os.getpid()}-", dir=path.parent))


def process_is_running(process: int) -> bool:
    """Return whether a process with this number is running, including another user's."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True


@contextmanager
def _translate_os_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or " ".join(str(error.__cause__ or error).split())
        raise OutputError(
            f"cannot write {path}: {reason}; choose a folder that is writable and has room"
        ) from error


def require_disk_space(path: Path, size_bytes: int) -> None:
    """Raise OSError unless the disk has room for a file of this size at `path`.

    For libraries that crash on, or silently ignore, a full disk. The file must not exist.
    """
    path.write_bytes(bytes(size_bytes))
    path.unlink()


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically, keys in the order given; NaN is refused (use None)."""
    write_text(path, json_text(value) + "\n")


def json_text(value: Any) -> str:
    """Return indented JSON text; NaN and infinity are refused."""
    return json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False)


def read_json(path: Path) -> Any:
    """Read a JSON file that slidelens wrote.

    Raises:
        SlidelensError: The file is missing or damaged.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SlidelensError(
            f"cannot read {path}: {error}; run the stage that writes it, or `dvc pull {path}`"
        ) from error
