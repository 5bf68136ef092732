"""Vector files: formats, layers, geometries, coordinates, CRSs, attributes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from robustness.campaign.item import ACCEPTED, EITHER, REFUSED, TOLD, Input
from robustness.campaign.kinds.vectors.traits import TRAITS, Vector
from robustness.campaign.materials import copy, write_sound_study

_READ = (
    ".gpkg",
    ".shp",
    ".geojson",
    ".json",
    ".fgb",
)  # a study may leave out other files, and say so


def inputs() -> Iterator[Input]:
    """Each file as inventory, area and observed ground of every command that reads it."""
    for trait, vector in TRAITS.items():
        for make in (_as_inventory, _as_area, _in_a_study):
            for item in make(trait, vector):
                if not vector.uses or item.name.rpartition("/")[2] in vector.uses:
                    yield item


def _as_inventory(trait: str, vector: Vector) -> Iterator[Input]:
    name = f"in{vector.suffix}"

    def write(folder: Path) -> None:
        vector.write(folder / name)
        copy("a.gpkg", folder / "2013.gpkg")

    def known(key: str) -> dict[str, object]:
        return {} if vector.count is None else {key: vector.count}

    words = {
        "sizes": (("sizes", name, "--bootstrap", "0"), known("n")),
        "density": (("density", name, "--radius-m", "500", "--cell-m", "50"), known("n")),
        "compare": (("compare", "2013.gpkg", name, "--bootstrap", "0"), {}),
        "lifecycle": (
            ("lifecycle", "2013.gpkg", name, "--dates", "2013", "2014", "-o", "o.gpkg"),
            {},
        ),
        "review": (
            ("review", "2013.gpkg", name, "--by", "A", "--accept-unchanged", "-o", "o.gpkg"),
            {},
        ),
    }
    for command, (line, answer) in words.items():
        yield Input(
            f"vector/{trait}/{command}",
            line,
            write,
            about=(name, "in."),
            expect=vector.expect,
            answer=answer,
            outputs=("o.gpkg",) if command in ("lifecycle", "review") else (),
        )


def _as_area(trait: str, vector: Vector) -> Iterator[Input]:
    name = f"in{vector.suffix}"

    def write(folder: Path) -> None:
        vector.write(folder / name)
        copy("a.gpkg", folder / "2013.gpkg")
        copy("b.gpkg", folder / "2014.gpkg")

    lines = {
        "density-aoi": ("density", "2013.gpkg", "--radius-m", "500", "--aoi", name),
        "compare-aoi": ("compare", "2013.gpkg", "2014.gpkg", "--bootstrap", "0", "--aoi", name),
        "lifecycle-observed": (
            *("lifecycle", "2013.gpkg", "2014.gpkg"),
            *("--observed", f"2014={name}", "-o", "o.gpkg"),
        ),
    }
    for command, line in lines.items():
        yield Input(
            f"vector/{trait}/{command}",
            line,
            write,
            about=(name, "in.", "--aoi", "--observed"),
            expect=_observed_expectation(trait, vector, command),
        )


def _observed_expectation(trait: str, vector: Vector, command: str) -> str:
    """Return REFUSED, but TOLD for observed ground of a readable file without a polygon."""
    is_empty = trait.startswith(("nothing", "all-", "json-")) and vector.expect != REFUSED
    return TOLD if command == "lifecycle-observed" and is_empty else vector.as_area


def _in_a_study(trait: str, vector: Vector) -> Iterator[Input]:
    name = f"raw/inventories/2014{vector.suffix}"

    def write_inventory(folder: Path) -> None:
        write_sound_study(folder)
        (folder / "raw/inventories/2014.gpkg").unlink()
        vector.write(folder / name)

    def write_area(folder: Path) -> None:
        write_sound_study(folder, study__aoi=f"area{vector.suffix}")
        vector.write(folder / f"raw/area{vector.suffix}")

    expect = EITHER if trait == "absent" or vector.expect == ACCEPTED else vector.expect
    if expect == REFUSED and vector.suffix not in _READ:
        expect = TOLD
    yield Input(
        f"vector/{trait}/check-inventory",
        ("check",),
        write_inventory,
        about=("2014",),
        expect=expect,
    )
    yield Input(
        f"vector/{trait}/check-aoi", ("check",), write_area, about=("area.", "study.aoi", "area ")
    )
