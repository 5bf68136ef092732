"""Measure how dates and inventories lie beside each other, and move them onto the reference date.

Every shift is measured on valid pixels of train blocks. An image is moved before it is resampled,
so that its pixels are resampled once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from affine import Affine
from rasterio.warp import transform

from slidelens.analysis.registration.images import (
    EdgeSample,
    choose_windows,
    image_shift,
    sample_edges,
)
from slidelens.analysis.registration.outlines import outline_shift
from slidelens.analysis.registration.shift import Shift
from slidelens.dataset.parts import TRAIN
from slidelens.dataset.windowed_scene import open_on_grid
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.scene import Scene
from slidelens.params.schema import Params
from slidelens.study.reading import RawDataReader
from slidelens.study.study import PreparationTarget, Study
from slidelens.types import Mask, UInt8

log = logging.getLogger(__name__)

CORRECTED_PX = 0.25  # shorter shifts are left, as resampling would blur more than it mends
_LEFT = f"less than {CORRECTED_PX:g} px is left"
SceneReader = Callable[[PreparationTarget], Scene]


def reference_date(params: Params) -> str:
    """Return the date onto whose ground the others are moved.

    It is `study.reference`, else the date whose scene is also a pretraining scene, else the first
    date (of those that balance the split, so that adding a date moves no other).
    """
    if params.study.reference is not None:
        return params.study.reference
    scenes = [PurePosixPath(source.scene) for source in params.study.sources.values()]
    shared = {path.stem for path in scenes if path.parent == PurePosixPath("scenes")}
    leading = [date for date in params.dates if date in (params.split.dates or params.dates)]
    return next((date for date in params.dates if date in shared), leading[0])


def training_ground(split_map: UInt8, tile_px: int | None = None) -> Mask:
    """Return the (height, width) mask of the ground on which shifts are measured.

    Args:
        split_map: (height, width) part of each pixel.
        tile_px: Side of the tiles of a mosaic, whose seams are left out; None for an image.
    """
    ground: Mask = split_map == TRAIN
    if tile_px:
        ground[::tile_px] = ground[:, ::tile_px] = False
    return ground


@dataclass(frozen=True)
class Correction:
    """What was measured of a target, and whether it was corrected.

    Attributes:
        reference: The reference date; None of a source of pretraining.
        scene: How far its scene lay from the reference's; None: not to be told, or the reference.
        inventory: How far its outlines lay from the edges in its own scene; None: not to be told.
    """

    reference: str | None
    scene: Shift | None
    inventory: Shift | None

    def as_json(self) -> dict[str, Any]:
        """Return what is kept in the prepared statistics."""
        return {
            "reference": self.reference,
            "from": "valid pixels of the train blocks",
            "scene": _shift_json(self.scene),
            "inventory": _shift_json(self.inventory),
        }


def _shift_json(shift: Shift | None) -> dict[str, Any] | None:
    return None if shift is None else shift.as_json() | {"corrected": is_corrected(shift)}


def is_corrected(shift: Shift | None) -> bool:
    """Return whether `study.register: translation` corrects a shift."""
    return shift is not None and shift.length_px >= CORRECTED_PX


class Registrar:
    """Measures and corrects the dates of a study, one at a time."""

    def __init__(
        self,
        study: Study,
        params: Params,
        split_map: UInt8,
        reader: RawDataReader,
        read_scene: SceneReader | None = None,
    ) -> None:
        """Read the reference date.

        Args:
            study: The dates.
            params: With the reference date.
            split_map: (height, width) part of each pixel of the dates.
            reader: Of the inventories.
            read_scene: Reads the scene of a target; by default from its file.
        """
        self._reader, self._ground = reader, training_ground(split_map)
        self._read_scene = read_scene or scene_reader(study)
        self._windows = choose_windows(self._ground)
        self.reference = reference_date(params)
        (target,) = (one for one in study.targets if one.name == self.reference)
        self._edges = self._sample(self._read_scene(target))

    def correct(self, target: PreparationTarget) -> tuple[PreparationTarget, Correction]:
        """Return a date moved onto the reference date, and what was measured."""
        scene, shift = self._read_scene(target), None
        if target.name != self.reference:
            shift = image_shift(self._edges, self._sample(scene))
            if shift is not None and is_corrected(shift):
                target = _move_outlines(_move_scene(target, shift), shift)
                scene = self._read_scene(target)
        target, inventory = correct_inventory(target, scene, self._ground, self._reader)
        return target, Correction(self.reference, shift, inventory)

    def _sample(self, scene: Scene) -> EdgeSample:
        return sample_edges(scene.read, self._ground & scene.valid, self._windows)


def scene_reader(study: Study) -> SceneReader:
    """Return the function that reads the bands of a target's scene from its file."""
    return lambda target: open_on_grid(target.header, target.grid, study.bands)


def correct_inventory(
    target: PreparationTarget, scene: Scene, ground: Mask, reader: RawDataReader
) -> tuple[PreparationTarget, Shift | None]:
    """Return a target whose outlines are moved onto its scene, and how far they lay from it.

    Args:
        target: A date, or a source of pretraining.
        scene: Its scene.
        ground: (height, width) mask of the ground on which the shift is measured.
        reader: Of its inventory.
    """
    polygons = reader.read_polygons(target)
    if polygons is None:
        return target, None
    shift = outline_shift(scene.read, list(polygons.geometry), target.grid, ground & scene.valid)
    if shift is None or not is_corrected(shift):
        return target, shift
    return _move_outlines(target, shift), shift


def log_correction(target: PreparationTarget, correction: Correction) -> None:
    """Log a line for the scene and one for the outlines of a target: what was done, or why not.

    Args:
        target: A date, or a source of pretraining.
        correction: What was measured of it.
    """
    name, inventory = target.name, correction.inventory
    if correction.reference not in (None, name):
        _log_scene(name, correction)
    if target.inventory is None:
        return
    if inventory is None:
        log.info("%s: the shift of its outlines to their scene cannot be told", name)
        return
    log.info(
        "%s: its outlines lay %s of their scene, measured at %d landslides of train blocks; %s",
        name,
        inventory.describe(),
        inventory.samples,
        "they are moved back" if is_corrected(inventory) else _LEFT,
    )


def _log_scene(name: str, correction: Correction) -> None:
    shift, reference = correction.scene, correction.reference
    if shift is None:
        log.warning(
            "%s: the shift of its scene to that of %s cannot be told (too little common ground, or "
            "no texture); it is left where it is",
            name,
            reference,
        )
        return
    log.info(
        "%s: its scene lay %s of that of %s, measured in %d windows of train blocks; %s",
        name,
        shift.describe(),
        reference,
        shift.samples,
        "it is moved back, with its outlines" if is_corrected(shift) else _LEFT,
    )


def _move_scene(target: PreparationTarget, shift: Shift) -> PreparationTarget:
    """Return a target whose scene is moved back by a shift in pixels of the target's grid."""
    own, grid = target.header.grid, target.grid
    x, y = grid.centre_of(grid.height / 2, grid.width / 2)
    east_m, north_m = -shift.right_px * grid.pixel_m, shift.down_px * grid.pixel_m
    xs, ys = transform(grid.crs, own.crs, [x, x + east_m], [y, y + north_m])
    moved = Affine.translation(xs[1] - xs[0], ys[1] - ys[0]) @ own.transform
    header = replace(target.header, grid=Grid(own.crs, moved, own.height, own.width))
    return replace(target, header=header)


def _move_outlines(target: PreparationTarget, shift: Shift) -> PreparationTarget:
    """Return a target whose outlines are moved back by a shift in pixels of its grid."""
    pixel_m, (east_m, north_m) = target.grid.pixel_m, target.outlines_moved_m
    moved = (east_m - shift.right_px * pixel_m, north_m + shift.down_px * pixel_m)
    return replace(target, outlines_moved_m=moved)
