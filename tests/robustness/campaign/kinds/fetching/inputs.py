"""`fetch`: catalogues, items, files and servers that are malformed or strange."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd

from robustness.campaign.item import ACCEPTED, EITHER, REFUSED, TOLD, Input
from robustness.campaign.kinds.fetching.catalogues import (
    CATALOGUE,
    COLLECTION_FILE,
    ITEM,
    api,
    failing,
    faulty,
    file_changed,
    file_replaced,
    linked,
    table,
    write_sound,
)
from robustness.campaign.kinds.fetching.items import ITEMS
from robustness.campaign.kinds.fetching.requests import requests, studies
from robustness.campaign.kinds.fetching.words import (
    ABOUT,
    JSON,
    SERVED,
    TABLE,
    WORDS,
    Write,
    make_input,
)
from robustness.campaign.kinds.vectors.files import data, nothing, special
from robustness.campaign.kinds.vectors.geometries import boxes
from robustness.campaign.materials import copy
from support.servers import FAULTS

_LINKS: dict[str, tuple[Any, ...]] = {
    "to-itself": ("./catalog.json",),
    "to-nothing": ("./nowhere.json",),
    "outside": ("../../../../../../../../etc/passwd",),
    "file-address": ("file:///etc/passwd",),
    "device": ("/dev/zero",),
    "number": (7,),
    "null": (None,),
    "empty": ("",),
    "list": ([],),
    "object": ({},),
    "ftp": ("ftp://127.0.0.1:9/x",),
    "closed-port": ("http://127.0.0.1:9/x",),
    "s3": ("s3://no-bucket/x.json",),
    "colon": ("a:b:c",),
    "folder": (".",),
    "nul": ("a\0b",),
    "long": ("x" * 5000,),
    "script": ("javascript:alert(1)",),
    "bracket": ("http://[::1",),
}


def inputs() -> Iterator[Input]:
    """Each malformed thing in `fetch`."""
    yield _static("sound", write_sound, ACCEPTED)
    for trait, change in ITEMS.items():
        yield _static(f"item/{trait}", file_changed(f"{ITEM}.json", change.apply), change.expect)
    for file in ("catalog.json", COLLECTION_FILE, f"{ITEM}.json"):
        for trait, text in JSON.items():
            yield _static(f"{file}/{trait}", file_replaced(file, data(text)), REFUSED)
        for kind in ("pipe", "device", "folder", "loop", "dangling"):
            yield _static(f"{file}/{kind}", file_replaced(file, special(kind)), REFUSED)
    for trait, hrefs in _LINKS.items():
        for rel in ("child", "item"):
            write = file_changed("catalog.json", linked(rel, *hrefs))
            yield _static(f"link/{rel}/{trait}", write, REFUSED)
    for trait, (write, expect) in _CATALOGUES.items():
        yield _static(f"catalogue/{trait}", write, expect)
    for trait, write_file in _ASSETS.items():
        for asset in ("red", "SCL"):
            write = file_replaced(f"{ITEM}/{asset}.tif", write_file)
            expect = TOLD if trait in ("pipe", "device", "folder") else REFUSED  # it is left out
            yield _static(f"asset/{asset}/{trait}", write, expect)
    yield from _from_servers()
    for trait, write_file in _TABLES.items():
        yield make_input(f"table/{trait}", TABLE, table(write_file), REFUSED, ("items.parquet",))
    yield from requests()
    yield from studies()


def _static(trait: str, write: Write, expect: str) -> Input:
    return make_input(trait, WORDS, write, expect, ABOUT)


def _from_servers() -> Iterator[Input]:
    about = (*ABOUT, "127.0.0.1")
    yield make_input("api/sound", SERVED, api(), ACCEPTED, about)
    yield make_input("api/deaf", SERVED, api(deaf=True), ACCEPTED, about)
    for fault in FAULTS:
        if fault not in ("hangs", "drips"):  # which end with the patience of a minute
            yield make_input(
                f"api/{fault.replace(' ', '-')}", SERVED, faulty(fault), REFUSED, about
            )
    for trait, path in {"search": "/search", "files": ".tif", "one-file": "red.tif"}.items():
        for status in (403, 404, 500):
            yield make_input(f"api/{trait}-{status}", SERVED, failing(path, status), REFUSED, about)
    for page in ("endless", "empty", "none", "other"):
        yield make_input(f"api/pages-{page}", SERVED, api(strange=page), REFUSED, about)


def _chain(length: int) -> Write:
    """Return a writer of catalogues, each below another, the last with the collection."""

    def write(folder: Path) -> None:
        write_sound(folder)
        root = folder / CATALOGUE
        whole = json.loads((root / "catalog.json").read_text())
        for number in range(length):
            last = number == length - 1
            name = COLLECTION_FILE if last else f"{number}.json"
            own = whole | {"links": [{"rel": "child", "href": f"./{name}"}]}
            path = root / ("catalog.json" if number == 0 else f"{number - 1}.json")
            path.write_text(json.dumps(own))

    return write


_CATALOGUES: dict[str, tuple[Write, str]] = {
    "chain": (_chain(300), ACCEPTED),
    "links-null": (file_changed("catalog.json", lambda v: v.update(links=None)), REFUSED),
    "links-text": (file_changed("catalog.json", lambda v: v.update(links="x")), REFUSED),
    "links-numbers": (file_changed("catalog.json", lambda v: v.update(links=[1, 2])), REFUSED),
    "links-missing": (file_changed("catalog.json", lambda v: v.pop("links")), REFUSED),
    "links-many": (
        file_changed("catalog.json", linked("child", *[f"./{COLLECTION_FILE}"] * 5000)),
        ACCEPTED,
    ),
    "loop-of-two": (file_changed(COLLECTION_FILE, linked("child", "./catalog.json")), REFUSED),
    "id-number": (file_changed(COLLECTION_FILE, lambda v: v.update(id=7)), REFUSED),
    "id-other": (file_changed(COLLECTION_FILE, lambda v: v.update(id="x")), REFUSED),
    "version-9": (
        file_changed(f"{ITEM}.json", lambda v: v.update(stac_version="9.9.9")),
        EITHER,
    ),
}
_ASSETS: dict[str, Callable[[Path], object]] = {
    "absent": nothing,
    "empty": data(b""),
    "text": data("hello"),
    "html": data("<html><body>sign in</body></html>"),
    "cut": lambda path: path.write_bytes(
        (copy(f"{CATALOGUE}/{ITEM}/nir.tif", path)).read_bytes()[:3000]
    ),
    "magic": data(b"II*\0" + b"\0" * 50),
    "pipe": special("pipe"),
    "device": special("device"),
    "folder": special("folder"),
    "loop": special("loop"),
    "vrt-of-password": data(
        '<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1">'
        "<SimpleSource><SourceFilename>/etc/passwd</SourceFilename></SimpleSource>"
        "</VRTRasterBand></VRTDataset>"
    ),
}


def _plain_table(path: Path) -> None:
    import pandas as pd

    pd.DataFrame({"collection": ["sentinel-2-l2a"], "a": [1]}).to_parquet(path)


def _geo_table(path: Path) -> None:
    gpd.GeoDataFrame({"a": [1]}, geometry=boxes(1), crs=32654).to_parquet(path)


_TABLES: dict[str, Callable[[Path], object]] = {
    "empty": data(b""),
    "text": data("hello"),
    "magic": data(b"PAR1" * 10),
    "pipe": special("pipe"),
    "device": special("device"),
    "plain": _plain_table,
    "geo": _geo_table,
    "absent": nothing,
}
