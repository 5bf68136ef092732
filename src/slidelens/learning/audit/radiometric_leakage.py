"""Whether test ground decides the light that images are brought into: done once more with another image in the test blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from slidelens.dataset.parts import TEST
from slidelens.learning.audit.leakage import Finding
from slidelens.params.schema import Params
from slidelens.study.normalisation import normaliser, read_reference, read_target
from slidelens.study.reading import RawData
from slidelens.study.study import Study
from slidelens.types import UInt8

RULE = "another image in test blocks, of this date and of the reference, changes the light of no other pixel"


def radiometric_findings(study: Study, params: Params, parts: UInt8) -> Iterator[Finding]:
    """A rule for each date that is brought into the light of another. parts: (height, width), of the prepared grounds."""
    reference = read_reference(study, params)
    if reference is None:
        return
    test = parts == TEST
    as_it_is = normaliser(study, params, parts, reference)
    otherwise = normaliser(study, params, parts, _otherwise(reference, test))
    for ground in study.grounds:
        if ground.name != study.reference:
            material = read_target(ground, study, params)
            before, after = (
                one.scene.pixels[~test]
                for one in (as_it_is(material), otherwise(_otherwise(material, test)))
            )
            yield Finding(ground.name, RULE, int((before != after).any(axis=-1).sum()))


def _otherwise(material: RawData, test: np.ndarray) -> RawData:
    """The image with its brightest pixels dark and its darkest bright in the test blocks."""
    scene = material.scene
    shown = scene.pixels[scene.valid]
    turned = shown.max(axis=0) + shown.min(axis=0) - scene.pixels
    return replace(
        material,
        scene=replace(
            scene, pixels=np.where(test[..., None], turned, scene.pixels).astype(scene.pixels.dtype)
        ),
    )
