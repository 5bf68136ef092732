"""The maps and labels of all dates, read together strip by strip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from slidelens.analysis.revision.sequences import UNSEEN, Levels, Sequences, count_sequences
from slidelens.geo.geotiff import LayerFile
from slidelens.geo.grid import Grid
from slidelens.geo.windowed import FileArray, Part, strips
from slidelens.intermediate.reading import stage_output
from slidelens.layers.mapped_date import open_map, read_seen_part
from slidelens.types import Float32, Int64, UInt8

SAMPLE_PX = 4_000_000  # pixels of a part of the split that a model is fitted to at most


@dataclass(frozen=True)
class Strip:
    """Some rows of all dates.

    Attributes:
        part: Its rows and columns.
        levels: (dates, rows, columns) probability as 0…255 for 0…1, UNSEEN where not valid.
        labels: (dates, rows, columns) 0, 1 or UNKNOWN.
        split: (rows, columns) part of the split.
    """

    part: Part
    levels: Levels
    labels: UInt8
    split: UInt8


@dataclass(frozen=True)
class DatedMaps:
    """Maps and labels of all dates, in time order, on one grid.

    Attributes:
        maps: Path of the probability map of each date.
        labels: Path of the labels of each date.
        split: (height, width) part of the split.
        grid: Their grid.
    """

    maps: Sequence[Path]
    labels: Sequence[Path]
    split: UInt8
    grid: Grid

    def strips(self) -> Iterator[Strip]:
        """Yield strips of whole rows from above.

        Raises:
            SlidelensError: A file is missing, damaged, or on another grid.
        """
        maps = [open_map(path, self.grid) for path in self.maps]
        labels = [_open_labels(path, self.grid) for path in self.labels]
        for part in strips(self.grid.shape):
            levels = [_read_levels(each, part) for each in maps]
            known = [_read_labels(each, part) for each in labels]
            yield Strip(part, np.stack(levels), np.stack(known), self.split[part])

    def sample(self, parts: Sequence[int]) -> Sequences:
        """Return the sequences of some parts of the split; of every nth pixel of large studies.

        Args:
            parts: Values of the split.
        """
        step = -(-int(np.isin(self.split, parts).sum()) // SAMPLE_PX) or 1
        found = []
        for strip in self.strips():
            number = _pixel_numbers(strip.part, self.grid)
            chosen = np.isin(strip.split, parts) & (number % step == 0)
            found.append(count_sequences(strip.levels[:, chosen], strip.labels[:, chosen]))
        return count_sequences(
            np.concatenate([each.levels for each in found], axis=1),
            np.concatenate([each.labels for each in found], axis=1),
            np.concatenate([each.pixels for each in found]),
        )


class RevisedMap:
    """A date's revised map while it is made: levels in a file, read as probabilities."""

    def __init__(self, path: Path, grid: Grid) -> None:
        """Make the file, filled with zeros.

        Args:
            path: The file.
            grid: Grid of the map.
        """
        self._levels = FileArray(path, grid.shape, np.uint8)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, pixels."""
        return self._levels.shape

    def read(self, part: Part) -> Float32:
        """Return the probabilities of some rows and columns."""
        return np.asarray(self._levels.read(part) / np.float32(255), dtype=np.float32)

    def write(self, part: Part, levels: UInt8) -> None:
        """Replace the levels of some rows and columns."""
        self._levels.write(part, levels)


def _pixel_numbers(part: Part, grid: Grid) -> Int64:
    rows, columns = part
    return np.arange(rows.start, rows.stop)[:, None] * grid.width + np.arange(
        columns.start, columns.stop
    )


def _read_levels(layer: LayerFile, part: Part) -> Levels:
    with stage_output(layer.path):
        seen = read_seen_part(layer.path, part)
        # Bytes would hold UNSEEN as 255, which is certain landslide.
        return np.where(seen, layer.read(part).astype(np.int16), np.int16(UNSEEN))


def _open_labels(path: Path, grid: Grid) -> LayerFile:
    with stage_output(path):
        layer = LayerFile(path)
        grid.require_same(layer.grid, "the split", str(path))
    return layer


def _read_labels(layer: LayerFile, part: Part) -> UInt8:
    with stage_output(layer.path):
        return np.asarray(layer.read(part), dtype=np.uint8)
