"""Require that PNG and JPEG files are whole: GDAL reads the rest of cut ones as any values."""

from __future__ import annotations

import zlib
from pathlib import Path

from slidelens.errors import SceneError

_PNG, _JPEG, _END_OF_JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"\xff\xd9"


def require_whole(path: Path) -> None:
    """Raise SceneError if a PNG or JPEG file ends too early, or a part of a PNG is damaged.

    Args:
        path: An image or a mask; files of other formats are left to GDAL.
    """
    data = path.read_bytes()
    is_whole = True
    if data.startswith(_PNG):
        is_whole = _is_whole_png(data)
    elif data.startswith(_JPEG):
        is_whole = _END_OF_JPEG in data[-1024:]  # some cameras write more behind the end
    if not is_whole:
        raise SceneError(f"{path} is damaged or not complete; copy it again")


def _is_whole_png(data: bytes) -> bool:
    """Return whether all chunks have the checksums that they state, and the last one is there."""
    start = len(_PNG)
    while start + 12 <= len(data):
        length = int.from_bytes(data[start : start + 4])
        kind, end = data[start + 4 : start + 8], start + 8 + length
        stated = int.from_bytes(data[end : end + 4])
        if end + 4 > len(data) or zlib.crc32(data[start + 4 : end]) != stated:
            return False
        if kind == b"IEND":
            return True
        start = end + 4
    return False
