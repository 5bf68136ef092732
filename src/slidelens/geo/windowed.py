"""Arrays of the size of a scene that are read and written window by window, in memory or a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from slidelens.types import Int64

Part = tuple[slice, slice]  # rows and columns, with bounds within the array

CHUNK_SIDE = 1024  # of the chunks that an array is gone through in, pixels
CACHE_BYTES = 2**26  # of GDAL in one pass over a raster; it else keeps a twentieth of the memory
STRIP_ROWS = 256  # of the strips that an array is gone through in, if the order of pixels counts


class WindowedArray(Protocol):
    """A (height, width) array that is read window by window."""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, pixels."""

    def read(self, part: Part) -> NDArray[Any]:
        """Return the values of some rows and columns, as an array of its own."""


class MemoryArray:
    """A windowed array in memory."""

    def __init__(self, values: NDArray[Any]) -> None:
        """Wrap an array; it is not copied.

        Args:
            values: (height, width).
        """
        self.values = values

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, pixels."""
        height, width = self.values.shape
        return height, width

    def read(self, part: Part) -> NDArray[Any]:
        """Return a copy of the values of some rows and columns."""
        return self.values[part].copy()

    def write(self, part: Part, values: NDArray[Any]) -> None:
        """Replace the values of some rows and columns."""
        self.values[part] = values


class FileArray:
    """A windowed array in a file without header, row by row; zeros take no room on the disk.

    What is written survives the end of the process.
    """

    def __init__(self, path: Path, shape: tuple[int, int], dtype: DTypeLike) -> None:
        """Open a file, or make it, filled with zeros.

        Args:
            path: The file.
            shape: Height and width, pixels.
            dtype: Type of the values.

        Raises:
            OSError: The file cannot be written.
        """
        self.path, self.shape, self.dtype = path, shape, np.dtype(dtype)
        size_bytes = shape[0] * shape[1] * self.dtype.itemsize
        with path.open("ab") as file:
            if file.tell() != size_bytes:
                file.truncate(0)
                file.truncate(size_bytes)

    def read(self, part: Part) -> NDArray[Any]:
        """Return a copy of the values of some rows and columns."""
        # The mapping ends with this call, so that it does not count as memory of the process.
        return np.array(np.memmap(self.path, self.dtype, "r", shape=self.shape)[part])

    def write(self, part: Part, values: NDArray[Any]) -> None:
        """Replace the values of some rows and columns.

        Raises:
            OSError: The disk is full.
        """
        rows, columns = part
        block = np.ascontiguousarray(np.broadcast_to(values, _shape_of(part)), self.dtype)
        # Not through a mapping, which would end the process if the disk is full.
        with self.path.open("r+b", buffering=0) as file:
            for row, line in zip(range(rows.start, rows.stop), block, strict=True):
                file.seek((row * self.shape[1] + columns.start) * self.dtype.itemsize)
                written = file.write(line.data)
                if written != line.nbytes:
                    file.write(line.data.cast("B")[written:])


def chunks(shape: tuple[int, int], side: int = CHUNK_SIDE) -> Iterator[Part]:
    """Yield the rows and columns of square chunks that cover an array, row by row.

    Args:
        shape: Height and width, pixels.
        side: Side of a chunk, pixels; those at the lower and right edge are smaller.
    """
    for row in range(0, shape[0], side):
        for column in range(0, shape[1], side):
            yield (
                slice(row, min(row + side, shape[0])),
                slice(column, min(column + side, shape[1])),
            )


def strips(shape: tuple[int, int], rows: int = STRIP_ROWS) -> Iterator[Part]:
    """Yield strips of whole rows that cover an array, from above.

    Args:
        shape: Height and width, pixels.
        rows: Rows of a strip; the last may have fewer.
    """
    for row in range(0, shape[0], rows):
        yield slice(row, min(row + rows, shape[0])), slice(0, shape[1])


def whole(shape: tuple[int, int]) -> Part:
    """Return all rows and columns of an array."""
    return slice(0, shape[0]), slice(0, shape[1])


def grow(part: Part, margin: int, shape: tuple[int, int]) -> Part:
    """Return a part with a margin on each side, cut at the edges of the array.

    Args:
        part: Rows and columns.
        margin: Width of the margin, pixels.
        shape: Height and width of the array, pixels.
    """
    rows, columns = (
        slice(max(0, piece.start - margin), min(side, piece.stop + margin))
        for piece, side in zip(part, shape, strict=True)
    )
    return rows, columns


def group_by_chunk(
    row: Int64, column: Int64, shape: tuple[int, int], side: int = CHUNK_SIDE
) -> Iterator[tuple[Part, Int64]]:
    """Yield the chunks that hold points, each with the positions of its points.

    Args:
        row: (n,) rows of the points, within the array.
        column: (n,) columns of the points.
        shape: Height and width of the array, pixels.
        side: Side of a chunk, pixels.
    """
    across = -(-shape[1] // side)
    number = row // side * across + column // side
    order = np.argsort(number, kind="stable")
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    for positions in np.split(order, starts[1:]) if len(order) else []:
        top, left = (int(value) * side for value in divmod(int(number[positions[0]]), across))
        part = (slice(top, min(top + side, shape[0])), slice(left, min(left + side, shape[1])))
        yield part, positions


def _shape_of(part: Part) -> tuple[int, int]:
    return part[0].stop - part[0].start, part[1].stop - part[1].start


def as_windowed(values: NDArray[Any] | WindowedArray) -> WindowedArray:
    """Return an array in memory as a windowed array; others are returned as they are."""
    return MemoryArray(values) if isinstance(values, np.ndarray) else values
