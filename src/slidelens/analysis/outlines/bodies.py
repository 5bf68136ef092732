"""Outline the bodies of a mask of any size: connected pixels, the small ones left out.

A mask is gone through in chunks. A body that reaches the border of a chunk is joined with what
touches it in the neighbouring chunks, so that its size is that of the whole. Small bodies are
dropped before anything is outlined, since a noisy mask has millions of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import shapely
from rasterio.windows import Window
from scipy.ndimage import label
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import open_mask, polygonise, polygonise_file
from slidelens.geo.windowed import CHUNK_SIDE, Part, chunks
from slidelens.types import Int32, Int64, Mask

MaskReader = Callable[[Part], Mask]  # returns the mask of some rows and columns

_IN_MEMORY_PX = 2**24  # up to this size a mask is outlined in memory


def outline_bodies(
    read: MaskReader,
    grid: Grid,
    min_area_m2: float,
    scratch: Path | None = None,
    side: int = CHUNK_SIDE,
) -> list[shapely.Polygon]:
    """Return the outlines of the bodies of a mask that are large enough.

    They are those that `polygonise` makes of the whole mask, in its order.

    Args:
        read: Returns the mask of some rows and columns of the grid.
        grid: Grid of the mask.
        min_area_m2: Smallest body, m².
        scratch: Folder for a temporary file of a large mask; by default that of the system.
        side: Side of the chunks, pixels.
    """
    large = read_large_bodies(read, grid.shape, min_area_m2 / grid.pixel_area_m2, side)
    if grid.height * grid.width <= _IN_MEMORY_PX:
        mask = np.zeros(grid.shape, bool)
        for part, bodies in large:
            mask[part] = bodies
        return polygonise(mask, grid)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        path = Path(folder) / "bodies.tif"
        with open_mask(path, grid.shape) as dataset:
            for part, bodies in large:
                if bodies.any():
                    dataset.write(bodies.astype(np.uint8), 1, window=Window.from_slices(*part))
        return polygonise_file(path, grid)


def read_large_bodies(
    read: MaskReader, shape: tuple[int, int], min_pixels: float, side: int = CHUNK_SIDE
) -> Iterator[tuple[Part, Mask]]:
    """Yield the chunks of a mask without its small bodies.

    Args:
        read: Returns the mask of some rows and columns.
        shape: Height and width of the mask, pixels.
        min_pixels: Pixels of the smallest body that is kept, not necessarily whole.
        side: Side of the chunks, pixels.
    """
    # A rounding error must not drop a body of exactly the smallest area.
    enough = min_pixels * (1 - 1e-9)
    if enough <= 1:
        yield from ((part, read(part)) for part in chunks(shape, side))
        return
    sizes = _sizes_at_borders(read, shape, side)
    for part in chunks(shape, side):
        bodies, number = label(read(part))
        pixels = np.bincount(bodies.ravel(), minlength=number + 1)
        at_border = _labels_at_border(bodies)
        pixels[at_border] = next(sizes)
        pixels[0] = 0
        yield part, (pixels >= enough)[bodies]


def _sizes_at_borders(read: MaskReader, shape: tuple[int, int], side: int) -> Iterator[Int64]:
    """Yield for each chunk the whole sizes of the bodies at its border, by label."""
    across = -(-shape[1] // side)
    sizes: list[Int64] = []  # by chunk
    links: list[Int64] = []  # pairs of numbers of bodies that touch
    count = 0  # bodies at borders so far; they are numbered through all chunks
    left = np.empty(0, np.int64)  # numbers along the right edge of the chunk before
    above = [left] * across  # and along the lower edges of those above
    for position, part in enumerate(chunks(shape, side)):
        bodies, number = label(read(part))
        at_border = _labels_at_border(bodies)
        numbers = np.full(number + 1, -1, np.int64)
        numbers[at_border] = count + np.arange(len(at_border))
        sizes.append(np.bincount(bodies.ravel(), minlength=number + 1)[at_border])
        count += len(at_border)
        column = position % across
        if position >= across:
            links.append(_touching(above[column], numbers[bodies[0]]))
        if column:
            links.append(_touching(left, numbers[bodies[:, 0]]))
        above[column], left = numbers[bodies[-1]], numbers[bodies[:, -1]]
    return _join(sizes, links, count)


def _labels_at_border(bodies: Int32) -> Int64:
    """Return the labels of bodies with a pixel at the edge of a chunk, increasing."""
    edge = np.concatenate([bodies[0], bodies[-1], bodies[:, 0], bodies[:, -1]])
    labels = np.unique(edge).astype(np.int64)
    return labels[labels > 0]


def _touching(first: Int64, second: Int64) -> Int64:
    """Return the (2, n) different pairs of numbers along two edges that lie side by side."""
    both = (first >= 0) & (second >= 0)
    return np.unique(np.stack([first[both], second[both]]), axis=1)


def _join(sizes: list[Int64], links: list[Int64], count: int) -> Iterator[Int64]:
    """Yield for each chunk the sizes of the whole bodies that its parts belong to."""
    pairs = np.concatenate([np.empty((2, 0), np.int64), *links], axis=1)
    graph = coo_array((np.ones(pairs.shape[1], bool), tuple(pairs)), shape=(count, count))
    body = connected_components(graph, directed=False)[1] if count else np.empty(0, np.int64)
    whole = np.zeros(int(body.max(initial=-1)) + 1, np.int64)
    start = 0
    for part in sizes:
        np.add.at(whole, body[start : start + len(part)], part)
        start += len(part)
    start = 0
    for part in sizes:
        yield whole[body[start : start + len(part)]]
        start += len(part)
