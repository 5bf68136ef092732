"""Every date's image in the light of one of them, before anything is standardised; fitted on train blocks alone."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from slidelens.analysis.radiometry.histogram_matching import FEWEST, Match, match
from slidelens.dataset.parts import TRAIN
from slidelens.errors import SceneError
from slidelens.geo.rasterise import rasterise
from slidelens.params.schema import Params
from slidelens.study.reading import RawData, read_polygons, read_raw_data
from slidelens.study.study import PreparationTarget, Study
from slidelens.types import Mask, UInt8

log = logging.getLogger(__name__)

_MOST_COMMON = 400_000  # pixels of two images; of these few are invariant


def read_target(ground: PreparationTarget, study: Study, params: Params) -> RawData:
    """A ground's image and inventory as they are in its files."""
    return read_raw_data(ground, study.bands, params.study.band_names)


def read_reference(study: Study, params: Params) -> RawData | None:
    """The date whose light the others are brought into; None where none is."""
    return next(
        (
            read_target(ground, study, params)
            for ground in study.grounds
            if ground.name == study.reference
        ),
        None,
    )


def normaliser(
    study: Study, params: Params, parts: UInt8, reference: RawData | None
) -> Callable[[RawData], RawData]:
    """What brings a date's image into the light of the reference date's; nothing where there is no reference.

    Stable ground is that of train blocks on which none of the dates that balance the split maps a landslide: a date that is added later
    then changes no other.
    """
    if reference is None:
        return lambda material: material
    grid, dates = study.grounds[0].grid, params.split.dates or params.dates
    inventories = [
        inventory
        for ground in study.grounds
        if ground.name in dates and (inventory := read_polygons(ground)) is not None
    ]
    stable = (parts == TRAIN) & ~rasterise(
        [shape for inventory in inventories for shape in inventory.geometry], grid
    )
    return lambda material: (
        material
        if material.ground.name == study.reference
        else normalise_to_reference(reference, material, stable, params.study.radiometry)
    )


def normalise_to_reference(
    reference: RawData, material: RawData, stable: Mask, method: str
) -> RawData:
    """The image in the light of the reference's, fitted on stable pixels valid in both and without its landslides; what was done is logged.

    Raises SceneError where too few pixels are.
    """
    scene, name = material.scene, material.ground.name
    landslides = rasterise(
        [] if material.polygons is None else material.polygons.geometry, scene.grid
    )
    common = stable & ~landslides & scene.valid & reference.scene.valid
    if common.sum() < FEWEST:
        raise SceneError(
            f"{name} and study.reference {reference.ground.name} share {common.sum()} valid pixels of train blocks without landslides, "
            f"{FEWEST} are needed; choose another study.reference, or set study.radiometry to none"
        )
    found = match(
        method, *(subsample(each.pixels[common], _MOST_COMMON) for each in (scene, reference.scene))
    )
    pixels = np.stack(
        [
            curve(scene.pixels[..., band]).astype(np.float32)
            for band, curve in enumerate(found.curves)
        ],
        axis=-1,
    )
    _log_match(found, scene.bands, method, f"{name} in the light of {reference.ground.name}")
    return replace(
        material,
        scene=replace(scene, pixels=np.where(scene.valid[..., None], pixels, np.float32(0))),
    )


def _log_match(found: Match, bands: tuple[str, ...], method: str, what: str) -> None:
    lines = ", ".join(
        f"{band} × {curve.gain:.3f} {curve.offset:+.4g}"
        for band, curve in zip(bands, found.curves, strict=True)
    )
    if found.instead:
        log.warning(
            "%s: %s; means and deviations of %d pixels are matched instead: %s",
            what,
            found.instead,
            found.pixels,
            lines,
        )
    else:
        log.info("%s by %s from %d pixels: %s", what, method, found.pixels, lines)


def subsample(pixels: NDArray, most: int) -> NDArray[np.float64]:
    """Every so many of (pixels, bands) that at most `most` are left, the same at every call."""
    return pixels[:: max(1, math.ceil(len(pixels) / most))].astype(np.float64)
