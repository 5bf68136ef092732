"""Check that test blocks do not influence the radiometric normalisation of the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from slidelens.dataset.parts import TEST
from slidelens.geo.rasters.scene import Scene
from slidelens.learning.audit.leakage import Finding
from slidelens.params.schema import Params
from slidelens.study.images.normalisation import build_normaliser
from slidelens.study.reading import RawData, RawDataReader
from slidelens.study.study import Study
from slidelens.types import Mask, UInt8

RULE = (
    "another image in test blocks, of this date and of the reference, "
    "changes the light of no other pixel"
)


def radiometric_findings(study: Study, params: Params, parts: UInt8) -> Iterator[Finding]:
    """Normalise each date twice, with two images in its test blocks, and yield the differences.

    Args:
        study: The dates and their reference.
        params: Method of the normalisation.
        parts: (height, width) split map of the dates.
    """
    reader = RawDataReader(study.bands)
    normaliser = build_normaliser(study, params, parts, reader)
    if normaliser is None:
        return
    test = parts == TEST
    changed = replace(normaliser, reference=_invert_test_blocks(normaliser.reference, test))
    for target in study.targets:
        if target.name != study.reference:
            raw = reader.read(target)
            before = normaliser.normalise(raw).scene.pixels[~test]
            after = changed.normalise(_invert_test_blocks(raw, test)).scene.pixels[~test]
            yield Finding(target.name, RULE, int((before != after).any(axis=-1).sum()))


def _invert_test_blocks(raw: RawData, test: Mask) -> RawData:
    """Invert the brightness of the image in the test blocks."""
    scene = raw.scene
    valid = scene.pixels[scene.valid]
    inverted = valid.max(axis=0) + valid.min(axis=0) - scene.pixels
    pixels = np.where(test[..., None], inverted, scene.pixels).astype(scene.pixels.dtype)
    return replace(raw, scene=Scene(scene.grid, scene.bands, pixels, scene.valid))
