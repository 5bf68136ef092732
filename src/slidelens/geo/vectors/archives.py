"""Find the shapefile in an archive, also in a folder of it."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath


def inside(path: Path) -> str:
    """Return what GDAL opens: the folder of a ZIP archive that has its only shapefile, or the path.

    GDAL itself finds shapefiles at the top of an archive alone.

    Args:
        path: An absolute path in which GDAL gives no character a meaning.
    """
    if path.suffix.lower() != ".zip":
        return str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = [PurePosixPath(name) for name in archive.namelist()]
    except (OSError, ValueError, zipfile.BadZipFile):  # GDAL says what is wrong
        return str(path)
    folders = {
        name.parent
        for name in names
        if name.suffix.lower() == ".shp" and "__MACOSX" not in name.parts
    }
    if len(folders) != 1 or ".." in (folder := folders.pop()).parts:
        return str(path)
    return str(path) if folder == PurePosixPath() else f"/vsizip/{{{path}}}/{folder}"
