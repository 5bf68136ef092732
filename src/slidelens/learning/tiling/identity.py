"""Tell whether files are those that an earlier run has used."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

from slidelens.errors import SceneError, SlidelensError
from slidelens.geo.rasters.opening import files_of

FileState = tuple[str, int, int]  # place, size in bytes and time in nanoseconds

_NETWORK = re.compile(r"^/vsi(curl|s3|gs|az|adls|oss|swift|webhdfs|hdfs)(_streaming)?/")  # of GDAL
_WITHOUT_PIXELS = (".ovr", ".aux.xml")  # GIS programs add these to files that they show


def state_of(path: Path) -> list[FileState]:
    """Return what changes when a raster does: the states of the files that GDAL reads for it.

    The raster itself comes first. Files that are not on a disk (http) are left out.

    Args:
        path: The raster, or a name that only GDAL understands.
    """
    own = path.absolute()
    sources = {file.absolute() for file in _files_of(path)} | {own}
    masks = {Path(f"{file}.msk") for file in sources}
    others = sorted({file.resolve() for file in (sources | masks) - {own}})
    kept = (file for file in others if not file.name.endswith(_WITHOUT_PIXELS))
    return [state for state in map(state_of_file, [own, *kept]) if state is not None]


def states_of(*paths: Path | None) -> dict[Path, list[FileState]]:
    """Return the states of rasters.

    Args:
        paths: The rasters; None: there is none.
    """
    return {path: state_of(path) for path in paths if path is not None}


def is_remote(*paths: Path | None) -> bool:
    """Return whether any of some rasters is read over a network.

    Args:
        paths: The rasters; None: there is none.
    """
    return any(_NETWORK.match(str(file)) for path in paths if path for file in _files_of(path))


def require_unchanged(states: Mapping[Path, list[FileState]]) -> None:
    """Raise SceneError if a file of a raster has changed since its state was taken.

    Args:
        states: States of the rasters, from `states_of`.
    """
    for path, state in states.items():
        if changed := set(state) ^ set(state_of(path)):
            raise SceneError(
                f"{min(changed)[0]} has changed while the map was made, which would mix its old and"
                " new pixels; run the command again when the file is complete"
            )


def _files_of(path: Path, known: frozenset[Path] = frozenset()) -> set[Path]:
    """Return the files that GDAL reads for a raster; none if it cannot be opened."""
    try:
        files = files_of(path)
    except SlidelensError:  # told by those who read its pixels
        return set()
    masks = {mask for file in files if file.suffix.lower() == ".vrt" for mask in _masks_of(file)}
    known |= files
    for mask in masks - known:
        files |= {mask} | _files_of(mask, known | masks)
    return files


def _masks_of(vrt: Path) -> Iterator[Path]:
    """Yield the sources of a VRT's mask, which GDAL does not tell among its files."""
    try:
        root = ElementTree.fromstring(vrt.read_bytes())
    except (OSError, ElementTree.ParseError):  # elsewhere, or no XML
        return
    for source in root.iterfind("./MaskBand//SourceFilename"):
        is_relative = source.get("relativeToVRT", "0").lower() in ("1", "yes", "true", "on")
        name = Path((source.text or "").strip())
        yield vrt.parent / name if is_relative else name


def state_of_file(path: Path) -> FileState | None:
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
