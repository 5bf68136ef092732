"""Parts that all objects of a catalogue have."""

from __future__ import annotations

from typing import Any

from slidelens.catalog.places import Places, href, item_file

STAC_VERSION = "1.1.0"
PROJECTION = "https://stac-extensions.github.io/projection/v2.0.0/schema.json"
RASTER = "https://stac-extensions.github.io/raster/v2.0.0/schema.json"
FILE = "https://stac-extensions.github.io/file/v2.1.0/schema.json"
MLM = "https://stac-extensions.github.io/mlm/v1.4.0/schema.json"
COLLECTION = "landslides"  # id of the collection
COLLECTION_FILE = "collection.json"

_JSON, _GEOJSON = "application/json", "application/geo+json"


def item_links(item: str) -> list[dict[str, str]]:
    """Return the links of an item to its collection.

    Args:
        item: Its name.
    """
    target = href(COLLECTION_FILE, item)
    return [{"rel": rel, "href": target, "type": _JSON} for rel in ("root", "parent", "collection")]


def collection_links(items: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return the links of the collection.

    Args:
        items: Its items.
    """
    root = {"rel": "root", "href": f"./{COLLECTION_FILE}", "type": _JSON}
    return [
        root,
        *(
            {
                "rel": "item",
                "href": href(item_file(item["id"])),
                "type": _GEOJSON,
                "title": item["properties"]["title"],
            }
            for item in items
        ),
    ]


def asset(
    places: Places,
    name: str,
    item: str,
    title: str,
    media_type: str,
    roles: list[str],
    **fields: Any,
) -> dict[str, Any]:
    """Return an asset.

    Args:
        places: Where files lie.
        name: Path of its file from the folder of the catalogue.
        item: Name of its item; empty: it is of the collection.
        title: What it is.
        media_type: Its media type.
        roles: What it is for.
        fields: Further fields.
    """
    return {
        "href": href(name, item),
        "title": title,
        "type": media_type,
        "roles": roles,
        "file:size": places.size_bytes(name),
        **fields,
    }
