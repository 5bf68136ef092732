"""Weights files: every field of the metadata with absurd values, and broken HDF5."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from robustness.campaign.item import ACCEPTED, EITHER, REFUSED, Input
from robustness.campaign.kinds.vectors.files import copied, data, nothing, special
from robustness.campaign.kinds.weights.files import (
    claim_much,
    cut,
    edited,
    filled,
    garbled,
    link_outside,
    link_to_itself,
    unlink,
    with_array,
    with_field,
    with_text,
)
from robustness.campaign.materials import WEIGHTS, copy

_FIELDS = {
    "filters": "number",
    "pixel_m": "number",
    "threshold": "number",
    "symmetries": "number",
    "members": "number",
    "around_px": "nullable",
    "trained_on": "texts",
    "statistics.bands": "texts",
    "statistics.mean": "numbers",
    "statistics.deviation": "numbers",
    "statistics.pixels": "number",
    "model.architecture": "text",
    "model.normalisation": "text",
    "model.momentum": "number",
    "statistics": "section",
    "model": "section",
    "calibration": "section",
}
_ABSURD: dict[str, dict[str, Any]] = {
    "number": {
        "nan": float("nan"),
        "inf": float("inf"),
        "minus-1": -1,
        "0": 0,
        "1e300": 1e300,
        "huge": 10**30,
        "text": "x",
        "null": None,
        "list": [1],
        "true": True,
    },
    "nullable": {"nan": float("nan"), "minus-1": -1, "text": "x", "1e300": 1e300},
    "texts": {
        "number": 7,
        "text": "abc",
        "numbers": [1, 2, 3],
        "nothing": [],
        "null": None,
        "many": ["b"] * 5_000,
        "hostile": ["<script>", "a/../../b", "\0"],
    },
    "numbers": {
        "nan": [float("nan")] * 3,
        "inf": [float("inf")] * 3,
        "texts": ["a"] * 3,
        "short": [1.0],
        "nothing": [],
        "null": None,
        "zero": [0.0] * 3,
        "nested": [[1.0]] * 3,
        "1e300": [1e300] * 3,
    },
    "text": {
        "unknown": "transformer",
        "number": 7,
        "null": None,
        "list": ["unet"],
        "path": "../../evil",
        "other": "resunet",
    },
    "section": {"null": None, "list": [], "text": "x", "empty": {}, "unknown-key": {"x": 1}},
}
_PERHAPS = {  # may be accepted
    "members/true",
    "filters/true",
    "statistics.mean/zero",
    "trained_on/nothing",
    "statistics.pixels/true",
    "statistics.mean/1e300",
    "statistics.pixels/huge",
    "trained_on/many",
    "trained_on/hostile",
    "calibration/empty",
    "symmetries/true",
    "model/empty",  # as in files of versions without these settings: the arrays say whether it fits
}


def inputs() -> Iterator[Input]:
    """Each weights file in `map`; some in the stages that read weights."""
    for trait, (write, expect) in (field_changes() | FILES).items():
        yield _map(trait, write, expect)
        if trait.endswith(("/nan", "/null", "/1e300")) and not trait.startswith("calibration/nan"):
            yield from _in_stages(trait, write, expect)


def field_changes() -> dict[str, tuple[Callable[[Path], None], str]]:
    """Return writers of weights with an absurd value of a field, and what may come of each."""
    changes = {}
    for field, kind in _FIELDS.items():
        for value_name, value in _ABSURD[kind].items():
            trait = f"{field}/{value_name}"
            changes[trait] = with_field(field, value), EITHER if trait in _PERHAPS else REFUSED
        changes[f"{field}/left-out"] = with_field(field, ...), EITHER
    for name, points in _CALIBRATIONS.items():
        changes[f"calibration/{name}"] = with_field("calibration", points), EITHER
    return changes


def _map(trait: str, write: Callable[[Path], None], expect: str) -> Input:
    def files(folder: Path) -> None:
        copy("study/raw/scenes/2014.tif", folder / "s.tif")
        write(folder / WEIGHTS)

    return Input(
        f"weights/{trait}/map",
        ("map", "s.tif", "--weights", WEIGHTS, "-o", "out"),
        files,
        about=(WEIGHTS, "bands"),
        expect=expect,
        outputs=("out/probability.tif", "out/inventory.gpkg"),
        needs_network=True,
    )


def _in_stages(trait: str, write: Callable[[Path], None], expect: str) -> Iterator[Input]:
    def files(folder: Path) -> None:
        copy("study", folder)
        copy("finished", folder)
        write(folder / "models/pretrained.weights.h5")
        write(folder / "models/2014.weights.h5")

    for words in (("stage:finetune", "2014"), ("stage:evaluate", "2014"), ("stage:report",)):
        yield Input(
            f"weights/{trait}/{words[0].removeprefix('stage:')}",
            words,
            files,
            about=("pretrained.weights.h5", "2014.weights.h5"),
            expect=EITHER if words[0] == "stage:report" else expect,
            needs_network=True,
        )


_CALIBRATIONS: dict[str, Any] = {
    "descending": {"outputs": [1.0, 0.0], "probabilities": [0.0, 1.0]},
    "uneven": {"outputs": [0.0, 1.0], "probabilities": [0.5]},
    "nan": {"outputs": [0.0, float("nan")], "probabilities": [0.0, 1.0]},
    "beyond-1": {"outputs": [0.0, 1.0], "probabilities": [-5.0, 5.0]},
    "nothing": {"outputs": [], "probabilities": []},
}
FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "sound": (edited(lambda file: None), ACCEPTED),
    "absent": (nothing, REFUSED),
    "empty": (data(b""), REFUSED),
    "text": (data("weights"), REFUSED),
    "hdf5-magic": (data(b"\x89HDF\r\n\x1a\n"), REFUSED),
    "pickle": (data(b"\x80\x04cos\nsystem\n(S'touch hacked'\ntR."), REFUSED),
    "folder": (special("folder"), REFUSED),
    "pipe": (special("pipe"), REFUSED),
    "device": (special("device"), REFUSED),
    "absent-loop": (special("loop"), REFUSED),
    "absent-link": (special("dangling"), REFUSED),
    "raster-renamed": (copied("study/raw/scenes/2013.tif"), REFUSED),
    "cut-tenth": (cut(0.1), REFUSED),
    "cut-half": (cut(0.5), REFUSED),
    "cut-most": (cut(0.95), REFUSED),
    "garbled": (garbled, EITHER),
    "metadata-empty": (with_text(""), REFUSED),
    "metadata-null": (with_text("null"), REFUSED),
    "metadata-list": (with_text("[]"), REFUSED),
    "metadata-number": (with_text(7), REFUSED),
    "metadata-bytes": (with_text(np.frombuffer(b"\xff\xfe\x00", np.uint8)), REFUSED),
    "metadata-nested": (with_text("[" * 30_000 + "]" * 30_000), REFUSED),
    "metadata-cut": (with_text('{"filters": 4, "mod'), REFUSED),
    "metadata-array": (with_text(np.ones((3, 3))), REFUSED),
    "nothing-inside": (edited(unlink), REFUSED),
    "array-of-other-shape": (with_array(np.ones((2, 2))), REFUSED),
    "array-of-text": (with_array("x"), REFUSED),
    "array-of-no-numbers": (with_array(np.ones((0,))), REFUSED),
    "array-huge": (edited(claim_much), REFUSED),
    "external-link": (edited(link_outside), REFUSED),
    "soft-loop": (edited(link_to_itself), REFUSED),
    "all-nan": (filled(float("nan")), REFUSED),
    "all-inf": (filled(float("inf")), REFUSED),
    "all-1e30": (filled(1e30), EITHER),
    "all-zero": (filled(0.0), EITHER),
}
