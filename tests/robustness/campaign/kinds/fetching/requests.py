"""`fetch`: options, areas and studies that are malformed or strange."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from robustness.campaign.item import ACCEPTED, EITHER, REFUSED, Input
from robustness.campaign.kinds.fetching.catalogues import (
    AREA,
    CATALOGUE,
    ITEM,
    write_sound,
)
from robustness.campaign.kinds.fetching.words import (
    JSON,
    WINDOW,
    WORDS,
    make_input,
)
from robustness.campaign.kinds.options import CRS, NEVER, NUMBERS, PATHS
from robustness.campaign.kinds.vectors.files import data, special
from robustness.campaign.kinds.vectors.traits import TRAITS

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


def requests() -> Iterator[Input]:
    """Yield absurd options and areas."""
    about: tuple[str, ...]
    for trait, text in _ABSURD_WINDOWS.items():
        words = tuple(text if word == WINDOW else word for word in WORDS)
        yield make_input(
            f"window/{trait}", words, write_sound, EITHER, (text[:9] or "''", "--dates")
        )
    for option in ("--pixel-m", "--max-cloud"):
        for value, text in NUMBERS.items():
            words = (*WORDS, option, text)
            expect = REFUSED if value in NEVER or value.startswith("1e") else EITHER
            about = (option, "area", "images", "pixels of")
            yield make_input(f"option{option}/{value}", words, write_sound, expect, about)
    for value, text in CRS.items():
        about = ("--crs", text[:20] or "crs")
        yield make_input(
            f"option--crs/{value}", (*WORDS, "--crs", text), write_sound, EITHER, about
        )
    for value, text in {
        "empty": "",
        "hostile": "<script>",
        "long": "x" * 5000,
        "path": "../x",
    }.items():
        for option in ("--collection", "--bands"):
            about = (option, text[:30] or option, "collection", "band", ITEM)
            yield make_input(
                f"option{option}/{value}", (*WORDS, option, text), write_sound, REFUSED, about
            )
    for value, text in PATHS.items():
        about = (text[:40].strip() or "--catalog", text[:9], "--catalog", "a b", "udce9", "option")
        words = tuple(text if word == CATALOGUE else word for word in WORDS)
        yield make_input(f"option--catalog/{value}", words, write_sound, REFUSED, about)
    for trait, vector in TRAITS.items():
        if vector.uses:
            continue
        name = f"in{vector.suffix}"
        words = tuple(name if word == AREA else word for word in WORDS)
        yield make_input(
            f"area/{trait}",
            words,
            partial(_with_area, vector.write, name),
            REFUSED,  # it lies elsewhere than the images
            (name, "in.", "--aoi", WINDOW, "area"),
        )


def _with_area(write_area: Callable[[Path], None], name: str, folder: Path) -> None:
    write_sound(folder)
    write_area(folder / name)


def studies() -> Iterator[Input]:
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
    yield make_input("study/grid-sound", WORDS, partial(_with_grid, good), ACCEPTED, about)
    for trait, change in grids.items():
        values = good | change if isinstance(change, dict) and change else change
        yield make_input(f"study/grid-{trait}", WORDS, partial(_with_grid, values), REFUSED, about)
    for name in (
        "scenes",
        "grid.json",
        "aoi.gpkg",
        "scenes/2018-09-16.tif",
        "scenes/2018-09-16.json",
    ):
        for kind in ("pipe", "device", "folder", "loop", "dangling"):
            write = partial(_with_thing, f"study/{name}", special(kind))
            yield make_input(f"study/{name}/{kind}", WORDS, write, EITHER, about)
    for trait, text in JSON.items():
        write = partial(_with_thing, "study/scenes/2018-09-16.json", data(text))
        yield make_input(f"study/record/{trait}", WORDS, write, EITHER, about)


def _with_grid(values: Any, folder: Path) -> None:
    write_sound(folder)
    (folder / "study").mkdir()
    (folder / "study/grid.json").write_text(json.dumps(values))


def _with_thing(name: str, write: Callable[[Path], object], folder: Path) -> None:
    write_sound(folder)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    write(folder / name)
