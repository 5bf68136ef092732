"""Check that test blocks do not influence the registration, and say what it corrected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from slidelens.dataset.parts import TEST
from slidelens.geo.rasters.scene import Scene
from slidelens.learning.audit.leakage import Finding
from slidelens.params.schema import Params
from slidelens.study.images.registration import Registrar, SceneReader, scene_reader
from slidelens.study.reading import RawDataReader
from slidelens.study.study import PreparationTarget, Study
from slidelens.types import Mask, UInt8

RULE = "another image in test blocks, of this date and of the reference, moves nothing"


def registration_findings(study: Study, params: Params, parts: UInt8) -> Iterator[Finding]:
    """Register each date twice, with two images in its test blocks, and yield the differences.

    Args:
        study: The dates.
        params: With `study.register`.
        parts: (height, width) split map of the dates.
    """
    if params.study.registration == "none":
        return
    read, reader = scene_reader(study), RawDataReader(study.bands)
    plain = Registrar(study, params, parts, reader, read)
    other = Registrar(study, params, parts, reader, _with_other_test_blocks(read, parts == TEST))
    for target in study.targets:
        before, after = (registrar.correct(target)[1] for registrar in (plain, other))
        done = describe_correction(before.as_json())
        yield Finding(target.name, f"{done}; {RULE}", int(before != after))


def _with_other_test_blocks(read: SceneReader, test: Mask) -> SceneReader:
    """Return a reader of scenes whose test blocks are turned upside down."""

    def read_changed(target: PreparationTarget) -> Scene:
        scene = read(target)
        pixels = np.where(test[..., None], scene.pixels[::-1], scene.pixels)
        return Scene(scene.grid, scene.bands, pixels, scene.valid)

    return read_changed


def describe_correction(registration: Mapping[str, Any]) -> str:
    """Return what was moved by how much, in a few words.

    Args:
        registration: As the prepared statistics keep it.
    """
    words = [
        f"{what} {_moved(registration[key])}"
        for key, what in (("scene", "scene"), ("inventory", "outlines"))
        if registration[key] is not None
    ]
    where = f" onto {registration['reference']}" if registration["reference"] else ""
    return f"{' and '.join(words) or 'nothing'} moved{where} by ground of train blocks"


def _moved(shift: Mapping[str, Any]) -> str:
    if not shift["corrected"]:
        return "not"
    down, right = -shift["down_px"], -shift["right_px"]
    return (
        f"{abs(down):.2f} px {'south' if down >= 0 else 'north'} "
        f"{abs(right):.2f} px {'east' if right >= 0 else 'west'}"
    )
