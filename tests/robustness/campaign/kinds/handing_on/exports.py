"""`export`: weights, scenes and options that are malformed or strange."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from robustness.campaign.item import EITHER, REFUSED, Input
from robustness.campaign.kinds.handing_on.texts import TEXTS
from robustness.campaign.kinds.options import NEVER, NUMBERS, PATHS, write_files
from robustness.campaign.kinds.rasters.traits import TRAITS as RASTERS
from robustness.campaign.kinds.weights.inputs import FILES, field_changes
from robustness.campaign.materials import WEIGHTS

Write = Callable[[Path], object]
ANY_NODATA = ("nan", "inf", "minus-inf", "minus-1", "1e300")  # what is not finite never counts
_EXPORT = ("export", WEIGHTS, "-o", "o.onnx")


def inputs() -> Iterator[Input]:
    """Each strange thing in `export`."""
    for trait, (write, expect) in (field_changes() | FILES).items():
        yield _export(f"weights/{trait}", _EXPORT, partial(_with_file, WEIGHTS, write), expect)
    for option in ("--tile", "--nodata", "--symmetries"):
        for value, text in NUMBERS.items():
            never = value in NEVER and (option, value) != ("--nodata", "huge")
            never = never and not (option == "--nodata" and value in ANY_NODATA)
            expect = REFUSED if never else EITHER
            yield _export(f"option{option}/{value}", (*_EXPORT, option, text), write_files, expect)
    for trait, raster in RASTERS.items():
        if trait == "claims-1e5":
            continue  # 10¹⁰ pixels may be read, in minutes
        name = f"in{raster.suffix}"
        scene = (*_EXPORT, "--scene", name)
        yield _export(f"scene/{trait}", scene, partial(_with_file, name, raster.write), EITHER)
    for trait, text in TEXTS.items():
        yield _export(f"licence/{trait}", (*_EXPORT, "--licence", text), write_files, EITHER)
        named = (*_EXPORT, "--scene", "s.tif", "--bands", "a", "b", text)
        yield _export(f"bands/{trait}", named, write_files, EITHER)
    for trait, text in PATHS.items():
        given = ("export", text, "-o", "o.onnx")
        yield _export(
            f"argument/{trait}", given, write_files, REFUSED, (text[:40].strip(), text[:9])
        )


def _with_file(name: str, write: Write, folder: Path) -> None:
    write_files(folder)
    (folder / name).unlink(missing_ok=True)
    write(folder / name)


def _export(
    trait: str,
    words: tuple[str, ...],
    write: Callable[[Path], None],
    expect: str,
    about: tuple[str, ...] = (),
) -> Input:
    return Input(
        f"export/{trait}",
        words,
        write,
        about=(
            *filter(None, about),
            *(WEIGHTS, "in.", "--tile", "--nodata", "--symmetries", "--bands", "--licence"),
            *("weights", "udce9", "a b", "http:/1"),
        ),
        expect=expect,
        outputs=("o.onnx",),
        needs_network=True,
    )
