"""Check that test blocks, of a date or of earlier ones, do not influence the change elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from slidelens.dataset.change_channels import own_channels
from slidelens.dataset.parts import TEST, TRAIN
from slidelens.geo.rasters.scene import Scene
from slidelens.learning.audit.leakage import Finding
from slidelens.study.images.change import EarlierImages, tells_change
from slidelens.study.images.registration import SceneReader, scene_reader
from slidelens.study.study import PreparationTarget, Study
from slidelens.types import Mask, UInt8

RULE = "another image in test blocks, of this date and of those before, changes no change elsewhere"


def change_findings(study: Study, parts: UInt8) -> Iterator[Finding]:
    """Tell the change of each date twice, with two images in test blocks, and compare the two.

    The light of the dates is that of their files.

    Args:
        study: The dates, registered.
        parts: (height, width) split map of the dates.
    """
    if not tells_change(study):
        return
    read, test = scene_reader(study), parts == TEST
    plain, other = EarlierImages(parts == TRAIN), EarlierImages(parts == TRAIN)
    for target in study.targets:
        scene = read(target)
        before = plain.add_change(target.name, scene)
        after = other.add_change(target.name, turned := _with_other_test_blocks(scene, test))
        change = np.setdiff1d(np.arange(len(before.bands)), own_channels(before.bands))
        differs = (before.pixels != after.pixels)[..., change].any(axis=-1)
        yield Finding(target.name, RULE, int(np.count_nonzero(differs[~test])))
        plain.add(target.name, scene, partial(read, target))
        other.add(target.name, turned, partial(_read_turned, read, target, test))


def _read_turned(read: SceneReader, target: PreparationTarget, test: Mask) -> Scene:
    return _with_other_test_blocks(read(target), test)


def _with_other_test_blocks(scene: Scene, test: Mask) -> Scene:
    """Return a scene whose test blocks show its other end, twice as bright."""
    pixels = np.where(test[..., None], 2 * scene.pixels[::-1], scene.pixels)
    return Scene(scene.grid, scene.bands, pixels, scene.valid)
