"""Outputs written whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from slidelens.errors import OutputError


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it takes the place of `path` when the block succeeds.

    The temporary path is in a folder of its own, so that sidecar files made with it never stay behind.
    Raises OutputError where the folder is read-only or the disk is full.
    """
    path = Path(path)
    with _refusing_unwritable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        with _refusing_unwritable(path):
            yield folder / path.name
            os.replace(folder / path.name, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def writing_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder; it takes the place of the folder `path` when the block succeeds."""
    path = Path(path)
    with _refusing_unwritable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        with _refusing_unwritable(path):
            new, old = folder / "new", folder / "old"
            new.mkdir()
            yield new
            if path.exists():
                os.replace(path, old)
            os.replace(new, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _refusing_unwritable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}; choose a folder that is writable and has room") from error


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text whole or not at all."""
    with writing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write JSON with stable key order and no NaN (use None)."""
    write_text(path, json_text(value) + "\n")


def json_text(value: Any) -> str:
    """JSON text, indented; refuses NaN and infinity."""
    return json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False)


def read_json(path: Path) -> Any:
    """Read a JSON file that slidelens wrote."""
    return json.loads(Path(path).read_text(encoding="utf-8"))
