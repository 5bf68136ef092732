"""The standardised pixels of a scene of any size, of which only a few places are read."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from slidelens.geo.windowed import Part
from slidelens.learning.data.pixels import PixelSource
from slidelens.learning.inference.windows import Window
from slidelens.learning.tiling.tile_source import TileSource
from slidelens.types import Float32

_BLOCK_PX = 256
_MOST_BLOCKS = 512  # that are kept: 0.4 GB with three bands


@dataclass(frozen=True)
class ScenePixels:
    """The pixels of a part of a scene, 0 where not valid.

    Attributes:
        source: The scene.
        part: Rows and columns of its grid.
    """

    source: TileSource
    part: Part

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and bands."""
        rows, columns = self.part
        return rows.stop - rows.start, columns.stop - columns.start, len(self.source.channels)

    def read(self, part: Part) -> Float32:
        """Return the pixels of some rows and columns."""
        (rows, columns), (top, left) = part, self.part
        window = Window(
            row=top.start + rows.start,
            column=left.start + columns.start,
            height=rows.stop - rows.start,
            width=columns.stop - columns.start,
            margin=0,
        )
        return self.source.read(window).pixels


@dataclass(frozen=True)
class KeptPixels:
    """Pixels that are read in blocks, of which the last ones are kept.

    Attributes:
        pixels: Where they are read.
    """

    pixels: PixelSource
    _blocks: dict[tuple[int, int], Float32] = field(default_factory=dict, repr=False)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and bands."""
        return self.pixels.shape

    def read(self, part: Part) -> Float32:
        """Return the pixels of some rows and columns."""
        rows, columns = (
            slice(piece.start, min(piece.stop, side))
            for piece, side in zip(part, self.shape, strict=False)
        )
        height, width = rows.stop - rows.start, columns.stop - columns.start
        result = np.zeros((height, width, self.shape[2]), np.float32)
        for row in range(rows.start // _BLOCK_PX * _BLOCK_PX, rows.stop, _BLOCK_PX):
            for column in range(columns.start // _BLOCK_PX * _BLOCK_PX, columns.stop, _BLOCK_PX):
                block = self._block(row, column)
                first, start = max(rows.start, row), max(columns.start, column)
                last = min(rows.stop, row + block.shape[0])
                stop = min(columns.stop, column + block.shape[1])
                place = (
                    slice(first - rows.start, last - rows.start),
                    slice(start - columns.start, stop - columns.start),
                )
                result[place] = block[first - row : last - row, start - column : stop - column]
        return result

    def _block(self, row: int, column: int) -> Float32:
        if (row, column) not in self._blocks:
            while len(self._blocks) >= _MOST_BLOCKS:
                del self._blocks[next(iter(self._blocks))]
            height, width, _ = self.shape
            part = (
                slice(row, min(row + _BLOCK_PX, height)),
                slice(column, min(column + _BLOCK_PX, width)),
            )
            self._blocks[row, column] = self.pixels.read(part)
        return self._blocks[row, column]
