"""Ground of which only a few places are marked: landslides, and ground without landslides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely
from scipy.ndimage import find_objects

from slidelens.dataset.change_channels import ChangeLayout
from slidelens.dataset.parts import UNKNOWN, block_numbers
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise, rasterise_ids
from slidelens.geo.windowed import Part
from slidelens.learning.data.pixels import PixelSource, read_pixels
from slidelens.learning.data.tiles import Tiles, validation_tiles
from slidelens.learning.data.training_data import TrainingData
from slidelens.types import Float32, Int32, Int64, Mask

RIM_PX = 2  # around a marked landslide: its outline says that this is none
SIDE_PX = 64  # of the squares in which marks are predicted
_MAPPED_BLOCK_PX = 32  # side of the parts of completely mapped ground that count as one mark


@dataclass(frozen=True)
class MarkedGround:
    """Pixels and the marks on them.

    Attributes:
        data: Pixels and labels: 1 in landslides, 0 where marked as bare, else UNKNOWN.
        numbers: (height, width) number of the mark of each pixel, from 1; 0 where unknown.
        is_landslide: (n,) whether a mark is a landslide; the ground around it is part of it.
    """

    data: TrainingData
    numbers: Int32
    is_landslide: Mask

    @property
    def landslides(self) -> int:
        """Number of landslides."""
        return int(self.is_landslide.sum())

    @property
    def bare(self) -> int:
        """Number of places without landslides."""
        return len(self.is_landslide) - self.landslides

    @cached_property
    def centres(self) -> Int64:
        """(n, 2) row and column of the middle of each mark."""
        found = find_objects(self.numbers, len(self.is_landslide))
        return np.array([[(side.start + side.stop) // 2 for side in part] for part in found])

    def only(self, marks: Mask) -> MarkedGround:
        """Return the ground as if only some marks were known; they keep their numbers.

        Args:
            marks: (n,) the marks to keep.
        """
        known = np.concatenate([[False], marks])[self.numbers]
        return replace(
            self,
            data=replace(self.data, labels=np.where(known, self.data.labels, np.uint8(UNKNOWN))),
            numbers=np.where(known, self.numbers, 0),
        )

    def first_channels(self, number: int) -> MarkedGround:
        """Return the ground with its first channels only."""
        pixels = self.data.pixels
        if pixels.shape[2] == number:
            return self
        of_first = _FirstChannels(pixels, number)
        return replace(self, data=replace(self.data, pixels=of_first))

    def tiles(self) -> tuple[Tiles, Int32]:
        """Return tiles around all marks, and the mark of each of their pixels."""
        side = self.data.tile_px or SIDE_PX
        numbers = TrainingData(_Numbers(self.numbers), self.data.labels, self.data.tile_px)
        tiles = validation_tiles(self.data, side)
        around = validation_tiles(numbers, side).pixels[..., 0].astype(np.int32)
        return tiles, np.where(tiles.labels != UNKNOWN, around, 0)


@dataclass(frozen=True)
class _FirstChannels:
    """The first channels of pixels.

    Attributes:
        pixels: Pixels of more channels.
        number: Number of channels.
    """

    pixels: Float32 | PixelSource
    number: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        height, width, _ = self.pixels.shape
        return height, width, self.number

    def read(self, part: Part) -> Float32:
        """Return the pixels of some rows and columns."""
        return read_pixels(self.pixels, part)[..., : self.number]


@dataclass(frozen=True)
class _Numbers:
    """Numbers of marks as if they were pixels of one band."""

    numbers: Int32

    @property
    def shape(self) -> tuple[int, int, int]:
        height, width = self.numbers.shape
        return height, width, 1

    def read(self, part: Part) -> Float32:
        return self.numbers[part][..., None].astype(np.float32)


def mark_ground(
    pixels: Float32 | PixelSource,
    grid: Grid,
    landslides: Sequence[shapely.Geometry],
    bare: Sequence[shapely.Geometry],
    mapped: Iterable[shapely.Geometry] = (),
    tile_px: int | None = None,
    change: ChangeLayout | None = None,
) -> MarkedGround:
    """Return what polygons say about the ground.

    Landslides win over bare ground. Marks without a visible pixel are left out.

    Args:
        pixels: (height, width, bands) standardised, 0 where not valid, or their source.
        grid: Grid of the pixels.
        landslides: Polygons in the grid's CRS.
        bare: Polygons of ground without landslides.
        mapped: Polygons in which every landslide is marked; the rest in them is bare.
        tile_px: Side of the tiles of a mosaic; None for an image.
        change: Which bands are the change since an earlier image; None if none is.
    """
    first_bare = len(landslides) + 1
    inside = rasterise_ids(landslides, grid)
    numbers = inside.copy()
    rest = rasterise(mapped, grid) & (inside == 0)
    if rest.any():
        numbers[rest] = first_bare + len(bare) + block_numbers(grid.shape, _MAPPED_BLOCK_PX)[rest]
    boxes = rasterise_ids(bare, grid)
    numbers = np.where((boxes > 0) & (inside == 0), boxes + len(landslides), numbers)
    outlines = np.array(landslides, dtype=object)
    rims = rasterise_ids(shapely.buffer(outlines, RIM_PX * grid.transform.a), grid)
    numbers = np.where((rims > 0) & (inside == 0), rims, numbers)
    labels = np.where(numbers > 0, (inside > 0).astype(np.uint8), np.uint8(UNKNOWN))
    _hide_invalid(pixels, numbers, labels)
    # A landslide without a landslide pixel says nothing.
    lost = np.setdiff1d(np.arange(1, first_bare), numbers[labels == 1])
    labels[np.isin(numbers, lost)], numbers[np.isin(numbers, lost)] = UNKNOWN, 0
    used, renumbered = np.unique(numbers, return_inverse=True)
    is_landslide = used[used > 0] < first_bare
    numbers = renumbered.reshape(numbers.shape).astype(np.int32) + int(used[0] > 0)
    return MarkedGround(TrainingData(pixels, labels, tile_px, change), numbers, is_landslide)


def _hide_invalid(pixels: Float32 | PixelSource, numbers: Int32, labels: np.ndarray) -> None:
    """Set marks to unknown where a pixel is hidden or not valid, in place."""
    for part in find_objects(numbers):
        if part is not None:
            hidden = (read_pixels(pixels, part) == 0).all(axis=-1)
            numbers[part][hidden] = 0
            labels[part][hidden] = UNKNOWN
