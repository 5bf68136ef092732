"""Let one process at a time work in a folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slidelens.errors import OutputError
from slidelens.outputs import cannot_write


@contextmanager
def hold_folder(folder: Path, lock: str, doing: str) -> Iterator[None]:
    """Hold a folder while the block runs; the hold ends with the process at the latest.

    Args:
        folder: The folder; it is made if it is missing.
        lock: Name of the file in it that is locked, which stays.
        doing: What another process does with the folder, for the message.

    Raises:
        OutputError: Another process holds it, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / lock, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise cannot_write(folder, error) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputError(
                f"{folder} is in use: another process {doing}; wait for it, or name another folder"
            ) from error
        yield
    finally:
        os.close(descriptor)
