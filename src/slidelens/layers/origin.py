"""Where the image of a date comes from, as `slidelens fetch` has written beside it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from slidelens.errors import SlidelensError
from slidelens.files import read_json, write_json

ORIGIN = "origin.json"  # in the folder of a prepared date
_CHUNK_BYTES = 2**20


def copy_origin(scene: Path, folder: Path) -> None:
    """Write origin.json into the folder of a prepared date, if the image has been fetched.

    Args:
        scene: The image; a record of another file beside it is not copied.
        folder: The folder.
    """
    path = scene.with_suffix(".json")
    try:
        record = read_json(path) if path.is_file() else None
        if isinstance(record, dict) and record.get("sha256") == file_digest(scene):
            values = {"catalog": record["request"]["catalog"], "clear_share": record["clear_share"]}
            write_json(folder / ORIGIN, values | {"items": [*map(_essence, record["items"])]})
    except (SlidelensError, KeyError, TypeError, AttributeError):
        return  # a file of something else


def _essence(item: dict[str, Any]) -> dict[str, Any]:
    added = item["offset"]["added"] if item["offset"] else None
    return {"id": item["id"], "baseline": item["baseline"], "added": added}


def describe_origin(folder: Path) -> str | None:
    """Return the catalogue, items and clear share of a prepared date; None without origin.json."""
    if not (folder / ORIGIN).exists():
        return None
    origin = read_json(folder / ORIGIN)
    items = ", ".join(
        item["id"]
        + (f" (baseline {item['baseline']:05.2f})" if item["baseline"] is not None else "")
        + (f", {item['added']:+g} added" if item["added"] else "")
        for item in origin["items"]
    )
    return f"{items}; {100 * origin['clear_share']:.0f} % clear; from {origin['catalog']}"


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
