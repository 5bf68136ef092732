"""Read the tiles of a scene as a network takes them: on the map's grid, standardised."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from slidelens.dataset.change_channels import own_channels, standardise_around
from slidelens.dataset.level_channels import level_places
from slidelens.dataset.standardisation import BandStatistics, standardise
from slidelens.errors import SceneError
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.doubts import count_fills
from slidelens.geo.rasters.header import Header
from slidelens.geo.rasters.scene import Scene, read_part
from slidelens.geo.windowed import Part, grow
from slidelens.layers.elevation import HeightReader
from slidelens.learning.inference.windows import Window
from slidelens.learning.tiling.earlier_scene import EarlierScene
from slidelens.learning.tiling.featureless import featureless
from slidelens.learning.tiling.moments import Moments, moments_of
from slidelens.study.images.channels import SLOPE, add_channels, bands_to_read
from slidelens.types import Float32, Mask

_EVERY = 4  # pixels are sampled at this step to compare the scene with the training data


@dataclass(frozen=True)
class TileSummary:
    """What a tile adds to the totals of a scene.

    Attributes:
        valid: Number of its valid pixels.
        soft: Number of pixels at soft edges of an alpha band.
        moments: Moments of some valid pixels, or of all.
        fills: Numbers of valid pixels with each of the `fill_values` in all bands.
        featureless: Number of valid pixels that are not mapped, as all around them are alike.
    """

    valid: int
    soft: float
    moments: Moments
    fills: tuple[int, ...]
    featureless: int = 0

    @property
    def mapped(self) -> int:
        """Number of pixels that are mapped."""
        return self.valid - self.featureless


@dataclass(frozen=True)
class Tile:
    """A tile of a scene.

    Attributes:
        pixels: (height + 2 · margin, width + 2 · margin, channels) standardised; 0 outside the
            scene and where not mapped.
        valid: (height, width) of the core within the scene, where it is mapped.
        summary: What the core adds to the totals.
    """

    pixels: Float32
    valid: Mask
    summary: TileSummary


@dataclass(frozen=True)
class TileSource:
    """A scene, read tile by tile. A tile depends on nothing but the scene and its own place.

    Attributes:
        header: The scene.
        grid: Grid of the map.
        channels: Names of the network's channels.
        statistics: Standardise by these; None: by the surroundings of each pixel.
        local_window_px: Side of the surroundings, pixels.
        levels: Statistics of the channels, for the levels among them; None: there are none.
        dem: Height model, for networks that use slope.
        before: An earlier image, for networks that use the change; None: the change is missing.
    """

    header: Header
    grid: Grid
    channels: tuple[str, ...]
    statistics: BandStatistics | None
    local_window_px: int = 0
    levels: BandStatistics | None = None
    dem: Path | None = None
    before: EarlierScene | None = None

    def require_channels(self) -> None:
        """Raise SceneError if the scene lacks a channel that cannot be computed."""
        bands = bands_to_read(self.channels, self.header.bands)
        self.header.require_bands(bands)
        if SLOPE in self.channels and SLOPE not in bands and self.dem is None:
            raise SceneError(
                f"the weights were trained with slope, which {self.header.path} does not have; "
                "give heights with dem (--dem)"
            )

    def read(self, window: Window) -> Tile:
        """Read a tile with its margin."""
        shape = self.grid.shape
        core = window.core(shape)
        around = grow(core_of(window), window.margin, shape)
        wider = grow(around, self._extra_px, shape)
        scene, soft_share = self._read_channels(wider)
        inner, own = _within(around, wider), _within(core, wider)
        hidden, wide = self._featureless(scene), self._standardise(scene)
        wide[hidden] = 0
        standardised = wide[inner]
        tile_side = window.height + 2 * window.margin, window.width + 2 * window.margin
        pixels = np.zeros((*tile_side, len(self.channels)), np.float32)
        row = around[0].start - (window.row - window.margin)
        column = around[1].start - (window.column - window.margin)
        height, width = standardised.shape[:2]
        pixels[row : row + height, column : column + width] = standardised
        summary = self._summarise(scene, own, soft_share, _EVERY)
        summary = replace(summary, featureless=int(hidden[own].sum()))
        return Tile(pixels, scene.valid[own] & ~hidden[own], summary)

    def summarise(self, window: Window) -> TileSummary:
        """Return what the core of a tile adds to the totals, with the moments of all its pixels."""
        core = window.core(self.grid.shape)
        wider = grow(core, self._extra_px, self.grid.shape)
        scene, soft_share = self._read_channels(wider)
        return self._summarise(scene, _within(core, wider), soft_share, 1)

    @property
    def _extra_px(self) -> int:
        """Pixels around a tile that its own pixels depend on: for slope and surroundings."""
        surroundings = 0 if self.statistics else self.local_window_px // 2 + 1
        return max(surroundings, 1 if SLOPE in self.channels else 0)

    def _read_channels(self, part: Part) -> tuple[Scene, float]:
        bands = bands_to_read(self.channels, self.header.bands)
        scene, soft_share = read_part(self.header, self.grid, bands, part)
        heights = None
        if SLOPE in self.channels and SLOPE not in bands and self.dem is not None:
            heights = np.asarray(HeightReader(self.dem, self.grid).read(part), np.float32)
        if self.before is not None:
            scene = self.before.add_change(scene, self.grid, part)
        return add_channels(scene, self.channels, heights), soft_share

    def _standardise(self, scene: Scene) -> Float32:
        if self.statistics is None:
            side = self.local_window_px
            return standardise_around(scene.pixels, scene.valid, side, self.channels, self.levels)
        return standardise(scene.pixels, scene.valid, self.statistics)

    def _featureless(self, scene: Scene) -> Mask:
        if self.statistics is not None:
            return np.zeros(scene.valid.shape, bool)
        levels = level_places(self.channels)
        own = [place for place in own_channels(self.channels) if place not in levels]
        return featureless(scene.pixels[..., own], scene.valid, self.local_window_px)

    def _summarise(self, scene: Scene, core: Part, soft_share: float, every: int) -> TileSummary:
        pixels, valid = scene.pixels[core], scene.valid[core]
        own = [self.channels.index(band) for band in self.channels if band in self.header.bands]
        bands = self.header.select([self.channels[position] for position in own])
        return TileSummary(
            valid=int(valid.sum()),
            soft=soft_share * valid.size,
            moments=moments_of(pixels[::every, ::every][valid[::every, ::every]]),
            fills=tuple(count_fills(pixels[..., own], valid, bands).values()),
        )


def core_of(window: Window) -> Part:
    """Return the rows and columns of a whole core, which may leave the scene."""
    return (
        slice(window.row, window.row + window.height),
        slice(window.column, window.column + window.width),
    )


def _within(part: Part, wider: Part) -> Part:
    """Return a part relative to a wider one."""
    rows, columns = (
        slice(inner.start - outer.start, inner.stop - outer.start)
        for inner, outer in zip(part, wider, strict=True)
    )
    return rows, columns
