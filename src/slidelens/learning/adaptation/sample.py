"""A sample of a scene, to see what its unmarked ground looks like to a network."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from slidelens.geo.windowed import grow
from slidelens.learning.adaptation.marked import SIDE_PX
from slidelens.learning.data.pixels import PixelSource, read_pixels
from slidelens.learning.data.tiles import Tiles
from slidelens.learning.inference.windows import Window
from slidelens.types import Float32, Int64, Mask

_TILES = 160
_TRIES = 10  # places looked at for each tile, where much of a scene is not seen
_CONTEXT_PX = 32  # around a tile


@dataclass(frozen=True)
class Sample:
    """Tiles of a scene, spread over it.

    Attributes:
        pixels: (n, length, length, bands) standardised, with context around the tiles.
        corners: (n, 2) first row and column of each tile, without its context.
        side: Side of a tile without its context, pixels.
        context: Width of the context, pixels.
    """

    pixels: Float32
    corners: Int64
    side: int
    context: int

    def first_channels(self, number: int) -> Sample:
        """Return the tiles with their first channels only."""
        return replace(self, pixels=self.pixels[..., :number])

    @property
    def core(self) -> tuple[slice, slice, slice]:
        """Where the tiles without their context are in (n, length, length) arrays."""
        inner = slice(self.context, self.context + self.side)
        return slice(None), inner, inner

    @property
    def valid(self) -> Mask:
        """(n, side, side) pixels that are seen."""
        seen: Mask = (self.pixels[self.core] != 0).any(axis=-1)
        return seen

    @property
    def as_tiles(self) -> Tiles:
        """The tiles, to be predicted."""
        return Tiles(self.pixels, np.zeros(self.pixels.shape[:3], np.uint8), self.side)


def sample_places(shape: tuple[int, int], seed: int, most: int = _TILES) -> list[Window]:
    """Return tiles at random places of a regular grid over a scene.

    Args:
        shape: Height and width of the scene, pixels.
        seed: Seed of the places.
        most: Upper limit of the number of tiles.
    """
    places = _places(shape, SIDE_PX, seed)[:most]
    return [Window(int(row), int(column), SIDE_PX, SIDE_PX, 0) for row, column in places]


def _places(shape: tuple[int, int], side: int, seed: int) -> Int64:
    """Return the (n, 2) first row and column of the tiles of a scene, in random order."""
    rows, columns = (np.arange(0, length, side) for length in shape)
    corners = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2)
    return np.random.default_rng(seed).permutation(corners).astype(np.int64)


def take_sample(
    pixels: Float32 | PixelSource, seed: int, tile_px: int | None = None, most: int = _TILES
) -> Sample:
    """Take tiles at random places of a regular grid over a scene; those without data are left out.

    Args:
        pixels: (height, width, bands) standardised, 0 where not valid, or their source.
        seed: Seed of the places.
        tile_px: Side of the tiles of a mosaic; None for an image.
        most: Upper limit of the number of tiles.
    """
    side, context = (tile_px, 0) if tile_px else (SIDE_PX, _CONTEXT_PX)
    height, width, bands = pixels.shape
    length = side + 2 * context
    most_px = min(side, height) * min(side, width)  # of a tile inside the scene
    tiles, corners = [], []
    for row, column in _places((height, width), side, seed)[: _TRIES * most]:
        inside = (
            slice(int(row), int(min(row + side, height))),
            slice(int(column), int(min(column + side, width))),
        )
        rows, columns = part = grow(inside, context, (height, width))
        tile = np.zeros((length, length, bands), np.float32)
        top, left = rows.start - (row - context), columns.start - (column - context)
        found = read_pixels(pixels, part)[: length - top, : length - left]
        tile[top : top + found.shape[0], left : left + found.shape[1]] = found
        seen = (tile[context : context + side, context : context + side] != 0).any(axis=-1)
        if seen.sum() < 0.5 * most_px:
            continue
        tiles.append(tile)
        corners.append((row, column))
        if len(tiles) == most:
            break
    shape = (len(tiles), length, length, bands)
    return Sample(
        np.array(tiles, np.float32).reshape(shape),
        np.array(corners, np.int64).reshape(-1, 2),
        side,
        context,
    )
