"""The command line that the inputs of `fetch` are made of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from robustness.campaign.item import SERVED_AT, Input
from robustness.campaign.kinds.fetching.catalogues import AREA, CATALOGUE, COLLECTION_FILE, ITEM

Write = Callable[[Path], None]
WINDOW = "2018-09-01/2018-09-30"
WORDS = ("fetch", "--aoi", AREA, "--dates", WINDOW, "--catalog", CATALOGUE, "-o", "study")
SERVED = ("fetch", "--aoi", AREA, "--dates", WINDOW, "--catalog", SERVED_AT, "-o", "study")
TABLE = ("fetch", "--aoi", AREA, "--dates", WINDOW, "--catalog", "items.parquet", "-o", "study")
ABOUT = (CATALOGUE, ITEM, WINDOW, "--catalog", "catalog.json", COLLECTION_FILE)
SCENE = "study/scenes/2018-09-16.tif"
JSON: dict[str, str | bytes] = {
    "empty": "",
    "text": "hello",
    "null": "null",
    "list": "[]",
    "number": "7",
    "nothing": "{}",
    "cut": '{"type": "Catalog", "links": [',
    "nested": "[" * 60_000 + "]" * 60_000,
    "latin1": b'{"type": "Catalog", "id": "\xe9"}',
    "other-type": '{"type": "Dataset"}',
    "features-null": '{"type": "FeatureCollection", "features": null}',
    "features-numbers": '{"type": "FeatureCollection", "features": [1, 2]}',
    "features-none": '{"type": "FeatureCollection", "features": []}',
}


def make_input(
    trait: str, words: tuple[str, ...], write: Write, expect: str, about: tuple[str, ...]
) -> Input:
    """Return an input whose outputs, if it is accepted, hold the scene."""
    return Input(
        f"fetch/{trait}",
        words,
        write,
        about=about,
        expect=expect,
        outputs=(SCENE,),
        environment={"GDAL_HTTP_MAX_RETRY": "0"},  # slidelens tries again, which takes seconds
    )
