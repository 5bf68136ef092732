"""Find the vector file in a ZIP archive, or say why there is none to choose."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

_MOST_NAMED = 4


def inside(path: Path) -> str:
    """Return what GDAL opens: the folder of a ZIP archive that has its only shapefile, or the path.

    GDAL itself finds shapefiles at the top of an archive alone, and archives by a suffix in lower
    case alone.

    Args:
        path: An absolute path in which GDAL gives no character a meaning.
    """
    if path.suffix.lower() != ".zip":
        return str(path)
    folders = {name.parent for name in _names(path) if name.suffix.lower() == ".shp"}
    folder = folders.pop() if len(folders) == 1 else PurePosixPath()
    if folder == PurePosixPath() or ".." in folder.parts:
        return str(path) if path.suffix == ".zip" else f"/vsizip/{{{path}}}"
    return f"/vsizip/{{{path}}}/{folder}"


def why_not(path: Path) -> str | None:
    """Return why no vector file of a ZIP archive is read, and the remedy; None if that is unclear.

    Args:
        path: The archive.
    """
    names = _names(path)
    for suffix, what in ((".shp", "shapefiles"), (".zip", "archives")):
        found = [str(name) for name in names if name.suffix.lower() == suffix]
        if len(found) > 1 or (found and suffix == ".zip"):
            more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
            listed = ", ".join(found[:_MOST_NAMED]) + more
            return f"it holds the {what} {listed}; unpack it and give one of them"
    return None


def _names(path: Path) -> list[PurePosixPath]:
    """Return the paths in an archive, without those that macOS adds; none if it is no archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [PurePosixPath(name) for name in archive.namelist()]
    except (OSError, ValueError, zipfile.BadZipFile):  # GDAL says what is wrong
        return []
    return [name for name in names if "__MACOSX" not in name.parts]
