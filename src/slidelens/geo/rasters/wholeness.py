"""Require that PNG and JPEG files are whole: GDAL reads the rest of cut ones as any values."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import BinaryIO

from slidelens.errors import SceneError

_PNG, _JPEG, _END_OF_JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"\xff\xd9"
_END_BYTES = 1024  # some cameras write more behind the end of a JPEG


def require_whole(path: Path) -> None:
    """Raise SceneError if a PNG or JPEG file ends too early, or a part of a PNG is damaged.

    Args:
        path: A raster; files of other formats are left to GDAL.
    """
    with path.open("rb") as file:
        start = file.read(len(_PNG))
        is_whole = True
        if start == _PNG:
            is_whole = _is_whole_png(file)
        elif start.startswith(_JPEG):
            file.seek(max(0, file.seek(0, os.SEEK_END) - _END_BYTES))
            is_whole = _END_OF_JPEG in file.read()
    if not is_whole:
        raise SceneError(f"{path} is damaged or not complete; copy it again")


def _is_whole_png(file: BinaryIO) -> bool:
    """Return whether all chunks have the checksums that they state, and the last one is there.

    Args:
        file: The file, behind its signature.
    """
    while len(head := file.read(8)) == 8:
        length, kind = int.from_bytes(head[:4]), head[4:]
        data, stated = file.read(length), file.read(4)
        if len(data) < length or zlib.crc32(data, zlib.crc32(kind)) != int.from_bytes(stated):
            return False
        if kind == b"IEND":
            return True
    return False
