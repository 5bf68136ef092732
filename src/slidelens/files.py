"""Write files and folders atomically, and read JSON."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from slidelens.errors import OutputError, SlidelensError
from slidelens.escaping import json_text
from slidelens.outputs import (
    REPLACED,
    cannot_write,
    folder_beside,
    keep_access,
    output_file,
    output_folder,
)


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path that replaces `path` when the block succeeds.

    The temporary path is in a folder of its own, so that side files never stay behind. Links are
    followed, and permissions of a replaced file are kept. The new file is on the disk before it
    takes the place of the old one, so that a power cut leaves one of the two.

    Raises:
        OutputError: `path` is not a regular file, its folder is read-only or the disk is full.
    """
    target = output_file(Path(path))
    with translate_os_errors(target), folder_beside(target) as folder:
        temporary = folder / target.name
        with _pass_errors_of_inputs(folder), _name_the_output(target, temporary):
            yield temporary
        _synchronise(temporary)
        keep_access(temporary, target)
        temporary.replace(output_file(target))


@contextmanager
def atomic_write_folder(path: Path, own: Collection[str] = ()) -> Iterator[Path]:
    """Yield an empty temporary folder that replaces the folder `path` when the block succeeds.

    Args:
        path: The folder; links are followed.
        own: Patterns of the files that an earlier run has written there, for example
            `tables/*.csv`. By default the folder must be new or empty.

    Raises:
        OutputError: The folder holds other files, is read-only or the disk is full.
    """
    target = output_folder(Path(path), own)
    with translate_os_errors(target), folder_beside(target) as folder:
        new, old = folder / "new", folder / REPLACED
        new.mkdir()
        with _pass_errors_of_inputs(folder), _name_the_output(target, new):
            yield new
        output_folder(target, own)
        keep_access(new, target)
        try:
            if target.exists():
                target.rename(old)
            new.rename(target)
        except BaseException:
            if old.exists() and not target.exists():
                old.rename(target)
            raise


def require_writable(*paths: Path, own: Collection[str] | None = None) -> None:
    """Raise OutputError unless files can be written, before long work is begun for them.

    Args:
        paths: The files, or folders if `own` is given.
        own: Patterns of the files in them, as in `atomic_write_folder`.
    """
    for path in paths:
        target = output_file(path) if own is None else output_folder(path, own)
        with translate_os_errors(target), folder_beside(target):
            pass


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """Yield a new hidden folder beside an output, for files that are needed while it is made.

    Args:
        path: The output, a file or a folder.

    Raises:
        OutputError: The folder cannot be written, or the disk is full.
    """
    with translate_os_errors(path), folder_beside(path) as folder, _pass_errors_of_inputs(folder):
        yield folder


class _InputError(Exception):
    """Carries an error about another file than the output past the translation."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error)
        self.error = error


@contextmanager
def _pass_errors_of_inputs(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if isinstance(error.filename, str) and not error.filename.startswith(str(folder)):
            raise _InputError(error) from error
        raise


@contextmanager
def _name_the_output(target: Path, temporary: Path) -> Iterator[None]:
    """Raise errors of what is written below a temporary path with the name that it will have."""
    try:
        yield
    except OutputError as error:
        raise OutputError(str(error).replace(str(temporary), str(target))) from error


@contextmanager
def translate_os_errors(path: Path) -> Iterator[None]:
    """Raise OutputError that names the output where the block cannot write it."""
    try:
        yield
    except _InputError as carried:
        raise carried.error from None
    except OSError as error:
        raise cannot_write(path, error) from error


def _synchronise(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that cannot
            raise
    finally:
        os.close(descriptor)


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


def read_json(path: Path) -> Any:
    """Read a JSON file that slidelens wrote.

    Raises:
        SlidelensError: The file is missing or damaged.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SlidelensError(
            f"cannot read {path}: {reason}; run the stage that writes it, or `dvc pull {path}`"
        ) from error
