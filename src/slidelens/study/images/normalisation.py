"""Normalise the radiometry of every date's image to that of a reference date.

This comes before standardisation and is fitted on train blocks only.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from slidelens.analysis.radiometry.histogram_matching import FEWEST, Match, match
from slidelens.dataset.parts import TRAIN
from slidelens.dataset.windowed_scene import every_nth, map_pixels, pixels_at
from slidelens.errors import SceneError
from slidelens.geo.rasterise import rasterise
from slidelens.geo.rasters.scene import Scene
from slidelens.params.schema import Params
from slidelens.study.reading import RawData, RawDataReader
from slidelens.study.study import Study
from slidelens.types import Float32, Mask, UInt8

log = logging.getLogger(__name__)

_MAX_COMMON_PIXELS = 400_000  # pixels of two images, of which few are invariant


@dataclass(frozen=True)
class Normaliser:
    """Normalises images to a reference.

    Attributes:
        reference: raw data of the reference date.
        stable: (height, width) mask of the pixels that no landslide has changed.
        method: `histogram` or `ir_mad`.
    """

    reference: RawData
    stable: Mask
    method: str
    _matched: dict[str, Match] = field(default_factory=dict, init=False)

    def normalise(self, raw: RawData) -> RawData:
        """Return raw data with the radiometry of the reference; the reference itself unchanged.

        The curves are fitted on stable pixels outside the image's landslides that are valid in
        both images, and logged.

        Raises:
            SceneError: There are too few such pixels.
        """
        if raw.target.name == self.reference.target.name:
            return raw
        scene, name, reference_name = raw.scene, raw.target.name, self.reference.target.name
        landslides = rasterise([] if raw.polygons is None else raw.polygons.geometry, scene.grid)
        common = self.stable & ~landslides & scene.valid & self.reference.scene.valid
        if common.sum() < FEWEST:
            raise SceneError(
                f"{name} and study.reference {reference_name} share {common.sum()} valid pixels "
                f"of train blocks without landslides, {FEWEST} are needed; "
                "choose another study.reference, or set study.radiometry to none"
            )
        index = every_nth(common, sampling_step(common, _MAX_COMMON_PIXELS))
        matched = match(
            self.method,
            pixels_at(scene, index).astype(np.float64),
            pixels_at(self.reference.scene, index).astype(np.float64),
        )
        _log_match(matched, scene.bands, self.method, f"{name} normalised to {reference_name}")
        self._matched[name] = matched
        return replace(raw, scene=self.apply(name, scene))

    def apply(self, name: str, scene: Scene) -> Scene:
        """Return a date's scene with the radiometry of the reference, once it has been fitted.

        Args:
            name: the date.
            scene: its bands.
        """
        matched = self._matched.get(name)
        return scene if matched is None else map_pixels(scene, _matcher(matched))


def _matcher(matched: Match) -> Callable[[Scene], Float32]:
    """Return the function that gives a scene the radiometry of the reference."""

    def normalised(scene: Scene) -> Float32:
        bands = [
            curve(scene.pixels[..., band]).astype(np.float32)
            for band, curve in enumerate(matched.curves)
        ]
        return np.where(scene.valid[..., None], np.stack(bands, axis=-1), np.float32(0))

    return normalised


def build_normaliser(
    study: Study, params: Params, split_map: UInt8, reader: RawDataReader
) -> Normaliser | None:
    """Read the reference date; None if the study has no reference.

    Stable pixels are those of train blocks on which none of the dates that balance the split has a
    mapped landslide. Other dates do not count, so adding a date changes no other date.

    Args:
        study: the dates and their reference.
        params: method of the normalisation, and the dates that balance the split.
        split_map: (height, width) part of each pixel.
        reader: of the study's files.
    """
    reference = next((target for target in study.targets if target.name == study.reference), None)
    if reference is None:
        return None
    raw = reader.read(reference)
    dates = params.split.dates or params.dates
    inventories = [reader.read_polygons(target) for target in study.targets if target.name in dates]
    landslides = rasterise(
        [shape for frame in inventories if frame is not None for shape in frame.geometry],
        reference.grid,
    )
    stable = (split_map == TRAIN) & ~landslides
    return Normaliser(reference=raw, stable=stable, method=params.study.radiometry)


def _log_match(matched: Match, bands: tuple[str, ...], method: str, title: str) -> None:
    lines = ", ".join(
        f"{band} × {curve.gain:.3f} {curve.offset:+.4g}"
        for band, curve in zip(bands, matched.curves, strict=True)
    )
    if matched.instead:
        log.warning(
            "%s: %s; means and deviations of %d pixels are matched instead: %s",
            title,
            matched.instead,
            matched.pixels,
            lines,
        )
    else:
        log.info("%s by %s from %d pixels: %s", title, method, matched.pixels, lines)


def sampling_step(mask: Mask, limit: int) -> int:
    """Return k such that every k-th pixel of a mask makes at most `limit`."""
    return max(1, math.ceil(int(mask.sum()) / limit))
