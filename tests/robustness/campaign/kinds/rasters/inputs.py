"""Raster files as scenes, observed ground, heights and probabilities of commands and studies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from robustness.campaign.item import ACCEPTED, EITHER, Input
from robustness.campaign.kinds.rasters.traits import TRAITS, Raster
from robustness.campaign.materials import WEIGHTS, copy, write_sound_study


def inputs() -> Iterator[Input]:
    """Each file in every command that reads rasters."""
    for trait, raster in TRAITS.items():
        yield from _in_commands(trait, raster)
        yield from _in_a_study(trait, raster)


def _in_commands(trait: str, raster: Raster) -> Iterator[Input]:
    name = f"in{raster.suffix}"

    def write(folder: Path) -> None:
        raster.write(folder / name)
        copy("a.gpkg", folder / "2013.gpkg")
        copy("b.gpkg", folder / "2014.gpkg")
        copy(WEIGHTS, folder / WEIGHTS)

    fragments = ("compare", "2013.gpkg", "2014.gpkg", "--bootstrap", "0", "--merge-fragments")
    lines = {
        "map": ("map", name, "--weights", WEIGHTS, "-o", "out"),
        "observed": (
            *("lifecycle", "2013.gpkg", "2014.gpkg", "-o", "o.gpkg"),
            *("--observed", f"2014={name}"),
        ),
        "dem": (*fragments, "--dem", name),
        "probability": (*fragments, "--probability", name, "--threshold", "0.5"),
    }
    for use, line in lines.items():
        is_map = use == "map"
        other = EITHER if raster.everywhere == ACCEPTED else raster.everywhere
        yield Input(
            f"raster/{trait}/{use}",
            line,
            write,
            about=(name, "in.", *(("--bands",) if is_map else ())),
            expect=raster.expect if is_map else other,
            outputs=("out/probability.tif",) if is_map else (),
            needs_network=is_map,
        )


def _in_a_study(trait: str, raster: Raster) -> Iterator[Input]:
    def scene(folder: Path) -> None:
        write_sound_study(folder)
        (folder / "raw/scenes/2014.tif").unlink()
        raster.write(folder / f"raw/scenes/2014{raster.suffix}")

    def first(folder: Path) -> None:
        write_sound_study(folder, study__pretrain__scene=f"pretrain/s{raster.suffix}")
        raster.write(folder / f"raw/pretrain/s{raster.suffix}")

    def heights(folder: Path) -> None:
        write_sound_study(folder, study__dem=f"dem{raster.suffix}")
        raster.write(folder / f"raw/dem{raster.suffix}")

    if raster.everywhere == ACCEPTED:
        return
    for use, words, write, about in (
        ("check-scene", "check", scene, ("2014",)),
        ("check-first", "check", first, ("pretrain", "/s.")),
        ("check-dem", "check", heights, ("dem",)),
        ("prepare-scene", "stage:prepare", scene, ("2014",)),
    ):
        expect = EITHER if use == "check-first" else raster.everywhere
        yield Input(f"raster/{trait}/{use}", (words,), write, about=about, expect=expect)
