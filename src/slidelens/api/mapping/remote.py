"""Scenes behind http addresses: small local files (VRT) that lead GDAL to them."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import rasterio
import rasterio.shutil

from slidelens.errors import SceneError
from slidelens.files import atomic_write
from slidelens.geo.rasters.opening import RASTER_ERRORS, one_line_reason

_REMOTE = "/vsicurl/"
_SETTINGS = {  # of GDAL, where the user has not chosen others; seconds
    "GDAL_HTTP_TIMEOUT": "120",
    "GDAL_HTTP_CONNECTTIMEOUT": "15",
    "GDAL_HTTP_MAX_RETRY": "3",
}


def is_remote(address: str) -> bool:
    """Return whether GDAL would read an address through http."""
    return address.startswith(_REMOTE)


def without_query(address: str) -> str:
    """Return an address without what signs it, which changes from day to day."""
    if not is_remote(address):
        return address
    parts = urlsplit(address.removeprefix(_REMOTE))
    return f"{parts.scheme}://{parts.hostname}{parts.path}"


def local_file(address: str, path: Path) -> Path:
    """Return the file through which a scene is read; for a remote scene it is written.

    Pixels are not downloaded: what is needed of them is read when it is needed.

    Args:
        address: What GDAL opens.
        path: The file to write for a remote scene, `*.vrt`. It is left as it is if it would not
            change, so that a map that was interrupted goes on.

    Raises:
        SceneError: The server does not answer, or has no such raster.
        OutputError: The file cannot be written.
    """
    if not is_remote(address):
        return Path(address)
    for name, value in _SETTINGS.items():  # workers inherit them
        os.environ.setdefault(name, value)
    try:
        with atomic_write(path) as temporary:
            rasterio.shutil.copy(address, temporary, driver="VRT")
            text = temporary.read_text(encoding="utf-8")
            if path.is_file() and path.read_text(encoding="utf-8") == text:
                os.utime(temporary, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    except RASTER_ERRORS as error:
        raise SceneError(
            f"cannot read {without_query(address)}: {one_line_reason(error)}; is the address right,"
            " and does the server answer?"
        ) from error
    return path
