"""`fetch`: catalogues, items, servers, areas and studies that are malformed or strange."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from robustness.campaign.item import ACCEPTED, EITHER, REFUSED, SERVED_AT, Input
from robustness.campaign.kinds.fetching.catalogues import (
    AREA,
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
from robustness.campaign.kinds.options import CRS, NEVER, NUMBERS, PATHS
from robustness.campaign.kinds.vector_files import data, nothing, save, special
from robustness.campaign.kinds.vector_traits import TRAITS
from robustness.campaign.materials import copy
from support.servers import FAULTS

Write = Callable[[Path], None]
WINDOW = "2018-09-01/2018-09-30"
_WORDS = ("fetch", "--aoi", AREA, "--dates", WINDOW, "--catalog", CATALOGUE, "-o", "study")
_SERVED = ("fetch", "--aoi", AREA, "--dates", WINDOW, "--catalog", SERVED_AT, "-o", "study")
_TABLE = ("fetch", "--aoi", AREA, "--dates", WINDOW, "--catalog", "items.parquet", "-o", "study")
_ABOUT = (CATALOGUE, ITEM, WINDOW, "--catalog", "catalog.json", COLLECTION_FILE)
_SCENE = "study/scenes/2018-09-16.tif"
_JSON = {
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
_ABSURD_WINDOWS = {
    "empty": "",
    "text": "summer",
    "slash": "/",
    "open": "2018-09-01/",
    "reversed": "2018-09-30/2018-09-01",
    "three": "2018-09-01/2018-09-02/2018-09-03",
    "february-30": "2018-02-30",
    "year-0": "0000-01-01/2018-01-01",
    "year-10000": "10000-01-01",
    "last-day": "9999-12-31",
    "all-time": "0001-01-01/9999-12-31",
    "future": "2999-01-01/2999-12-31",
    "time": "2018-09-01T00:00:00Z/2018-09-02T00:00:00Z",
    "week": "2018-W36-1/2018-W40-1",
    "compact": "20180901/20180930",
    "dots": "../..",
    "formula": "=1+1",
    "newline": "2018-09-01\n/2018-09-30",
    "digits": "２０１８-09-01",
}


def inputs() -> Iterator[Input]:
    """Each malformed thing in `fetch`."""
    yield _static("sound", write_sound, ACCEPTED)
    for trait, change in ITEMS.items():
        yield _static(f"item/{trait}", file_changed(f"{ITEM}.json", change.apply), change.expect)
    for file in ("catalog.json", COLLECTION_FILE, f"{ITEM}.json"):
        for trait, text in _JSON.items():
            yield _static(f"{file}/{trait}", file_replaced(file, data(text)), REFUSED)
        for kind in ("pipe", "device", "folder", "loop", "dangling"):
            yield _static(f"{file}/{kind}", file_replaced(file, special(kind)), REFUSED)
    for trait, hrefs in _LINKS.items():
        for rel in ("child", "item"):
            change = file_changed("catalog.json", linked(rel, *hrefs))
            yield _static(f"link/{rel}/{trait}", change, REFUSED)
    for trait, (write, expect) in _CATALOGUES.items():
        yield _static(f"catalogue/{trait}", write, expect)
    for trait, write_file in _ASSETS.items():
        for asset in ("red", "SCL"):
            write = file_replaced(f"{ITEM}/{asset}.tif", write_file)
            yield _static(f"asset/{asset}/{trait}", write, REFUSED)
    yield from _from_servers()
    for trait, write_file in _TABLES.items():
        yield _input(f"table/{trait}", _TABLE, table(write_file), REFUSED, ("items.parquet",))
    yield from _requests()
    yield from _studies()


def _input(
    trait: str, words: tuple[str, ...], write: Write, expect: str, about: tuple[str, ...]
) -> Input:
    return Input(
        f"fetch/{trait}", words, write, about=about, expect=expect, outputs=(_SCENE,), answer={}
    )


def _static(trait: str, write: Write, expect: str) -> Input:
    return _input(trait, _WORDS, write, expect, _ABOUT)


def _from_servers() -> Iterator[Input]:
    about = (*_ABOUT, "127.0.0.1")
    yield _input("api/sound", _SERVED, api(), ACCEPTED, about)
    yield _input("api/deaf", _SERVED, api(deaf=True), ACCEPTED, about)
    for fault in FAULTS:
        if fault not in ("hangs", "drips"):  # which end with the patience of a minute
            yield _input(f"api/{fault.replace(' ', '-')}", _SERVED, faulty(fault), REFUSED, about)
    for trait, path in {"search": "/search", "files": ".tif", "one-file": "red.tif"}.items():
        for status in (403, 404, 500):
            yield _input(f"api/{trait}-{status}", _SERVED, failing(path, status), REFUSED, about)
    for page in ("endless", "empty", "none", "other"):
        yield _input(f"api/pages-{page}", _SERVED, api(strange=page), REFUSED, about)


def _requests() -> Iterator[Input]:
    for trait, text in _ABSURD_WINDOWS.items():
        words = tuple(text if word == WINDOW else word for word in _WORDS)
        yield _input(f"window/{trait}", words, write_sound, EITHER, (text[:9] or "''", "--dates"))
    for option in ("--pixel-m", "--max-cloud"):
        for value, text in NUMBERS.items():
            words = (*_WORDS, option, text)
            expect = REFUSED if value in NEVER or value.startswith("1e") else EITHER
            about = (option, "area", "images")
            yield _input(f"option{option}/{value}", words, write_sound, expect, about)
    for value, text in CRS.items():
        about = ("--crs", text[:20] or "crs")
        yield _input(f"option--crs/{value}", (*_WORDS, "--crs", text), write_sound, EITHER, about)
    for value, text in {
        "empty": "",
        "hostile": "<script>",
        "long": "x" * 5000,
        "path": "../x",
    }.items():
        for option in ("--collection", "--bands"):
            about = (option, text[:30] or option, "collection", "band", ITEM)
            yield _input(
                f"option{option}/{value}", (*_WORDS, option, text), write_sound, REFUSED, about
            )
    for value, text in PATHS.items():
        about = (text[:40].strip() or "--catalog", text[:9], "--catalog", "a b", "udce9", "option")
        words = tuple(text if word == CATALOGUE else word for word in _WORDS)
        yield _input(f"option--catalog/{value}", words, write_sound, REFUSED, about)
    for trait, vector in TRAITS.items():
        if vector.uses:
            continue
        name = f"in{vector.suffix}"
        words = tuple(name if word == AREA else word for word in _WORDS)
        yield _input(
            f"area/{trait}",
            words,
            partial(_with_area, vector.write, name),
            REFUSED,  # it lies elsewhere than the images
            (name, "in.", "--aoi", WINDOW, "area"),
        )


def _with_area(write_area: Callable[[Path], None], name: str, folder: Path) -> None:
    write_sound(folder)
    write_area(folder / name)


def _studies() -> Iterator[Input]:
    """Yield folders of a study that hold something else already."""
    grids: dict[str, Any] = {
        "nothing": {},
        "list": [],
        "nan": {"left": float("nan")},
        "huge": {"height": 10**9, "width": 10**9},
        "huge-pixel": {"pixel_m": 1e300},
        "tiny-pixel": {"pixel_m": 1e-9},
        "negative": {"height": -5},
        "zero": {"width": 0},
        "text": {"top": "x"},
        "degrees": {"crs": "EPSG:4326"},
        "no-crs": {"crs": None},
        "elsewhere": {"left": 0.0, "top": 0.0},
    }
    good = {"crs": "EPSG:32654", "left": 739_680.0, "top": 4_732_320.0, "pixel_m": 10.0}
    good |= {"height": 264, "width": 264}
    about = ("grid.json", "study", WINDOW, "aoi", "scenes")
    yield _input("study/grid-sound", _WORDS, partial(_with_grid, good), ACCEPTED, about)
    for trait, change in grids.items():
        values = good | change if isinstance(change, dict) and change else change
        yield _input(f"study/grid-{trait}", _WORDS, partial(_with_grid, values), REFUSED, about)
    for name in (
        "scenes",
        "grid.json",
        "aoi.gpkg",
        "scenes/2018-09-16.tif",
        "scenes/2018-09-16.json",
    ):
        for kind in ("pipe", "device", "folder", "loop", "dangling"):
            write = partial(_with_thing, f"study/{name}", special(kind))
            yield _input(f"study/{name}/{kind}", _WORDS, write, EITHER, about)
    for trait, text in _JSON.items():
        write = partial(_with_thing, "study/scenes/2018-09-16.json", data(text))
        yield _input(f"study/record/{trait}", _WORDS, write, EITHER, about)


def _with_grid(values: Any, folder: Path) -> None:
    write_sound(folder)
    (folder / "study").mkdir()
    (folder / "study/grid.json").write_text(json.dumps(values))


def _with_thing(name: str, write: Callable[[Path], object], folder: Path) -> None:
    write_sound(folder)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    write(folder / name)


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


_TABLES: dict[str, Callable[[Path], object]] = {
    "empty": data(b""),
    "text": data("hello"),
    "magic": data(b"PAR1" * 10),
    "pipe": special("pipe"),
    "device": special("device"),
    "plain": _plain_table,
    "geo": lambda path: save(path, [], driver="Parquet"),
    "absent": nothing,
}
