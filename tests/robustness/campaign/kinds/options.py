"""Options of every command with absurd values."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import rasterio

from robustness.campaign.item import EITHER, REFUSED, Input
from robustness.campaign.kinds.crs import ENGINEERING
from robustness.campaign.materials import WEIGHTS, copy, write_finished_study
from support.training_sets import write_coco

NUMBERS = {
    "nan": "nan",
    "inf": "inf",
    "minus-inf": "-inf",
    "minus-1": "-1",
    "1e300": "1e300",
    "1e-300": "1e-300",
    "0": "0",
    "huge": "9" * 30,
    "empty": "",
    "text": "x",
    "hex": "0x10",
    "underscore": "1_0",
    "fullwidth": "１",
    "percent": "5%",
    "comma": "0,5",
}
NEVER = (
    "nan",
    "inf",
    "minus-inf",
    "minus-1",
    "1e300",
    "empty",
    "text",
    "huge",
    "percent",
    "comma",
)
# Such a smallest area leaves everything out, and says so; --window has no effect, and says so.
_ALLOWED = (
    ("--seed", "huge"),
    ("--min-area-m2", "1e300"),
    ("--min-area-m2", "huge"),
    ("--window", "huge"),
)
PATHS = {
    "empty": "",
    "absent": "nowhere/x.gpkg",
    "folder": "folder",
    "pipe": "pipe",
    "device": "/dev/zero",
    "terminal": "/dev/tty",
    "long": "x" * 5000,
    "deep": "a/" * 2000,
    "dash": "-",
    "home": "~/x",
    "star": "*.gpkg",
    "percent": "%s%n",
    "url": "http://127.0.0.1:9/x",
    "virtual": "/vsizip/x.zip/y",
    "newline": "a\nb",
    "null-like": "a\\0b",
    "itself": "/proc/self/mem",
    "surrogate": "a\udce9b",
    "exclamation": "a!b",
    "quote": "a'b\"c",
    "option": "--help-me",
}
_SIZES = ("sizes", "a.gpkg")
_DENSITY = ("density", "a.gpkg")
_COMPARE = ("compare", "a.gpkg", "b.gpkg", "--bootstrap", "0")
_LIFECYCLE = ("lifecycle", "2013.gpkg", "2014.gpkg", "-o", "o.gpkg")
_REVIEW = ("review", "a.gpkg", "b.gpkg", "--by", "A", "-o", "o.gpkg")
_MAP = ("map", "s.tif", "--weights", WEIGHTS, "-o", "out")
_ADAPT = ("adapt", "s.tif", "a.gpkg", "--weights", WEIGHTS, "-o", "mine.weights.h5")
_IMPORT = ("import", "coco", "folder", "-o", "new")
_NUMERIC: dict[tuple[str, ...], tuple[str, ...]] = {
    _SIZES: ("--min-area-m2", "--bootstrap", "--seed"),
    _DENSITY: ("--radius-m", "--cell-m"),
    _COMPARE: (
        "--pixel-m",
        "--min-iou",
        "--bootstrap",
        "--max-gap-m",
        "--max-angle-deg",
        "--minimum-support",
        "--minimum-support-by-axis",
        "--max-hole-m2",
        "--neck-m",
        "--threshold",
    ),
    _LIFECYCLE: ("--tolerance-m", "--minimum-overlap", "--changed-share", "--minimum-observed"),
    _REVIEW: ("--tolerance-m",),
    _MAP: ("--threshold", "--min-area-m2", "--window"),
    _ADAPT: ("--suggest", "--seed", "--nodata"),
    _IMPORT: ("--pixel-m", "--tile-px"),
}
_MERGES = (
    "--max-gap-m",
    "--max-angle-deg",
    "--minimum-support",
    "--minimum-support-by-axis",
    "--max-hole-m2",
    "--neck-m",
)
_FILES: dict[tuple[str, ...], tuple[str, ...]] = {
    _DENSITY: ("--aoi",),
    _COMPARE: ("--aoi", "--dem"),
    _LIFECYCLE: ("--aoi",),
    _REVIEW: ("--reviewed", "--previous"),
    _MAP: ("--dem",),
    _ADAPT: ("--dem",),
    ("check",): ("--params",),
    ("drift",): ("--params",),
    ("audit",): ("--params",),
}
_CHOICES = {
    _DENSITY: ("--convention", "--weight"),
    _MAP: ("--standardise",),
}
_ABSURD_WORDS = {
    "empty": "",
    "text": "nonsense",
    "capitals": "ESRI",
    "number": "1",
    "long": "x" * 9000,
}
CRS = {
    "empty": "",
    "text": "x",
    "code": "EPSG:999999",
    "negative": "EPSG:-1",
    "degrees": "EPSG:4326",
    "geocentric": "EPSG:4978",
    "vertical": "EPSG:5773",
    "proj": "+proj=utm",
    "proj-bad": "+proj=x +zone=99",
    "wkt-cut": 'PROJCS["WGS',
    "json": "{}",
    "number": "32645",
    "far-zone": "EPSG:32601",
    "engineering": ENGINEERING,
    "deep": "(" * 5000,
    "mercator": "EPSG:3857",
    "compound": "EPSG:32645+5773",
    "path": "/dev/zero",
    "init-file": "+init=/dev/zero:1",
}


def write_files(folder: Path) -> None:
    """Write the files that the commands read."""
    for source, target in (
        ("a.gpkg", "a.gpkg"),
        ("b.gpkg", "b.gpkg"),
        ("a.gpkg", "2013.gpkg"),
        ("b.gpkg", "2014.gpkg"),
        (WEIGHTS, WEIGHTS),
    ):
        copy(source, folder / target)
    copy("study/raw/scenes/2014.tif", folder / "s.tif")
    _write_probability(folder / "s.tif", folder / "p.tif")
    write_coco(folder / "folder")
    os.mkfifo(folder / "pipe")


def _write_probability(scene: Path, path: Path) -> None:
    """Write a band of a scene as a map of one band, 0 to 1."""
    with rasterio.open(scene) as dataset:
        profile, values = dataset.profile, dataset.read(1).astype("float32")
    profile |= {"count": 1, "dtype": "float32", "nodata": None, "predictor": 1}
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(values / max(1.0, float(values.max())), 1)


def inputs() -> Iterator[Input]:
    """Each option with each value."""
    for line, names in _NUMERIC.items():
        for option in names:
            more: tuple[str, ...] = ("--merge-fragments",) if option in _MERGES else ()
            if option == "--threshold" and line is _COMPARE:
                more = ("--merge-fragments", "--probability", "p.tif")
            for value, text in NUMBERS.items():
                never = value in NEVER and (option, value) not in _ALLOWED
                yield _input(
                    line, option, value, (option, text, *more), REFUSED if never else EITHER
                )
    for line, names in _FILES.items():
        for option in names:
            for value, text in PATHS.items():
                about = (
                    text[:40].strip() or option,
                    option,
                    text[:9],
                    option.strip("-"),
                    "params.yaml",
                    "a b",
                    "udce9",
                    "http:/1",
                )
                yield _input(line, option, value, (option, text), REFUSED, about)
    for line, names in _CHOICES.items():
        for option in names:
            for value, text in _ABSURD_WORDS.items():
                yield _input(line, option, value, (option, text), REFUSED)
    for value, text in CRS.items():
        yield _input(
            _LIFECYCLE, "--crs", value, ("--crs", text), EITHER, ("--crs", text[:20] or "crs")
        )
    yield from _arguments()


def _input(
    line: tuple[str, ...],
    option: str,
    value: str,
    words: tuple[str, ...],
    expect: str,
    about: tuple[str, ...] = (),
) -> Input:
    is_study = line[0] in ("check", "drift", "audit")
    return Input(
        f"option/{line[0]}{option}/{value}",
        (*line, *words),
        write_finished_study if is_study else write_files,
        about=about
        or (
            option,
            option.strip("-").partition("-")[0],
            *(("a.gpkg",) if line is _ADAPT else ()),  # it marks no ground without landslides
        ),
        expect=expect,
        needs_network=line in (_MAP, _ADAPT),
    )


def _arguments() -> Iterator[Input]:
    """Paths in place of the files that the commands read."""
    for value, text in PATHS.items():
        about = (
            text[:40].strip() or "in",
            text[:9] or "in",
            "a b",
            "udce9",
            "http:/1",
            "option",
            "INVENTORY",
            "scene",
            "observed",
        )
        for name, words in {
            "sizes": ("sizes", text),
            "density": ("density", text),
            "compare": ("compare", "a.gpkg", text, "--bootstrap", "0"),
            "lifecycle": ("lifecycle", "2013.gpkg", text, "-o", "o.gpkg"),
            "review": ("review", "a.gpkg", text, "--by", "A", "-o", "o.gpkg"),
            "map": ("map", text, "--weights", WEIGHTS, "-o", "out"),
            "weights": ("map", "s.tif", "--weights", text, "-o", "out"),
            "adapt-scene": ("adapt", text, "a.gpkg", "--weights", WEIGHTS, "-o", "m.weights.h5"),
            "adapt-labels": ("adapt", "s.tif", text, "--weights", WEIGHTS, "-o", "m.weights.h5"),
            "adapt-weights": ("adapt", "s.tif", "a.gpkg", "--weights", text, "-o", "m.weights.h5"),
            "import": ("import", "inventory", text, "--date", "2014", "-o", "new"),
        }.items():
            yield Input(
                f"option/argument-of-{name}/{value}",
                words,
                write_files,
                about=(*about, "--dates", "--weights", "weights", "predicted"),
                expect=REFUSED,
                needs_network=words[0] in ("map", "adapt"),
            )
