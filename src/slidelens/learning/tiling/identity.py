"""Tell whether files are those that an earlier run has used."""

from __future__ import annotations

import hashlib
from pathlib import Path


def state_of(path: Path) -> list[object]:
    """Return what changes when a file does: its place, size and time; nothing if it is not there.

    Args:
        path: The file, or a name that only GDAL understands.
    """
    try:
        status = path.stat()
    except OSError:
        return []
    return [str(path.absolute()), status.st_size, status.st_mtime_ns]


def weights_digest(path: Path) -> str:
    """Return the SHA-256 of a weights file in hexadecimal digits.

    Args:
        path: The weights file.
    """
    return hashlib.sha256(path.read_bytes()).hexdigest()
