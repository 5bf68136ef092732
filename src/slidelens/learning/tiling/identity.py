"""Tell whether files are those that an earlier run has used."""

from __future__ import annotations

import hashlib
from pathlib import Path

from slidelens.errors import SlidelensError
from slidelens.geo.rasters.opening import files_of

FileState = tuple[str, int, int]  # place, size in bytes and time in nanoseconds

_WITHOUT_PIXELS = (".ovr", ".aux.xml")  # GIS programs add these to files that they show


def state_of(path: Path) -> list[FileState]:
    """Return what changes when a raster does: the states of the files that GDAL reads for it.

    The raster itself comes first. Files that are not on a disk (http) are left out.

    Args:
        path: The raster, or a name that only GDAL understands.
    """
    try:
        files = files_of(path)
    except SlidelensError:  # told by those who read its pixels
        files = set()
    own = path.absolute()
    sources = {file.absolute() for file in files} | {own}
    masks = {Path(f"{file}.msk") for file in sources}
    others = sorted({file.resolve() for file in (sources | masks) - {own}})
    kept = (file for file in others if not file.name.endswith(_WITHOUT_PIXELS))
    return [state for state in map(_state_of_file, [own, *kept]) if state is not None]


def _state_of_file(path: Path) -> FileState | None:
    """Return the state of a file; None if it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return str(path), status.st_size, status.st_mtime_ns


def weights_digest(path: Path) -> str:
    """Return the SHA-256 of a weights file in hexadecimal digits.

    Args:
        path: The weights file.
    """
    return hashlib.sha256(path.read_bytes()).hexdigest()
