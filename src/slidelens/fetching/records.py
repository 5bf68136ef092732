"""What was taken for a scene, in a JSON file beside it, by which a later fetch knows it again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from slidelens.errors import SlidelensError
from slidelens.fetching.catalogues.hrefs import without_secrets
from slidelens.fetching.catalogues.items import moment_of
from slidelens.fetching.images.image import Image, Source, crs_of
from slidelens.fetching.images.offset import OffsetDecision
from slidelens.files import read_json
from slidelens.geo.grid import crs_name
from slidelens.layers.origin import file_digest

_REQUEST, _SCENE, _SHA256 = "request", "scene", "sha256"


def record_path(scene: Path) -> Path:
    """Return the path of a scene's record."""
    return scene.with_suffix(".json")


def find_record(folder: Path, request: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the record of a scene that answers a request and is whole; None without one.

    Args:
        folder: Folder of the scenes.
        request: What is asked for, as JSON values.
    """
    for path in sorted(folder.glob("*.json")):
        record = read_record(path)
        if record and is_same(record[_REQUEST], request) and is_whole(folder, record):
            return record
    return None


def is_same(
    one: Mapping[str, Any], other: Mapping[str, Any], besides: Collection[str] = ()
) -> bool:
    """Return whether two requests ask for the same, of whatever catalogue.

    Args:
        one: A request as JSON values.
        other: Another.
        besides: Further keys that may differ.
    """
    differ = {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}
    return differ <= {"catalog", *besides}


def read_record(path: Path) -> dict[str, Any] | None:
    """Return the record in a file; None if there is none, or the file is something else."""
    if not path.is_file():  # a pipe would be waited for
        return None
    try:
        record = read_json(path)
    except SlidelensError:
        return None
    own = isinstance(record, dict) and {_REQUEST, _SCENE, _SHA256, "items"} <= record.keys()
    return record if own else None


def is_whole(folder: Path, record: Mapping[str, Any]) -> bool:
    """Return whether the scene of a record is there, byte by byte."""
    scene = folder / Path(str(record[_SCENE])).name
    return scene.is_file() and file_digest(scene) == record[_SHA256]


def make_record(
    scene: Path,
    digest: str,
    request: Mapping[str, Any],
    taken: Mapping[str, Any],
    items: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the record of a scene.

    Args:
        scene: Path of the scene.
        digest: SHA-256 of its file.
        request: What was asked for.
        taken: Numbers about the scene.
        items: The items that its pixels come from.
    """
    return {_SCENE: scene.name, _SHA256: digest, _REQUEST: request, **taken, "items": list(items)}


def describe_items(
    images: Sequence[Image], used: Collection[str], offsets: Mapping[str, OffsetDecision]
) -> list[dict[str, Any]]:
    """Return the items that have given pixels, as JSON values.

    Args:
        images: The images of the scene.
        used: Ids of the items.
        offsets: Decisions on the offset, by id of the item.
    """
    sources = [source for image in images for source in image.sources]
    return [
        _describe(source, offsets.get(source.name)) for source in sources if source.name in used
    ]


def _describe(source: Source, offset: OffsetDecision | None) -> dict[str, Any]:
    item, crs, moment = source.item, crs_of(source.item), moment_of(source.item)
    bands = dict(source.bands) | ({"classes": source.classes} if source.classes else {})
    return {
        "id": item.id,
        "collection": item.collection_id,
        "datetime": moment.isoformat() if moment else None,
        "platform": item.properties.get("platform"),
        "product": item.properties.get("s2:product_uri"),
        "baseline": source.baseline,
        "updated": item.properties.get("updated"),
        "cloud_cover": item.properties.get("eo:cloud_cover"),
        "crs": crs_name(crs) if crs else None,
        "offset": offset.to_dict() if offset else None,
        "assets": {
            name: {"href": without_secrets(band.href), "checksum": band.checksum}
            for name, band in bands.items()
        },
    }
