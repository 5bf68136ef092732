"""The body of a landslide: a field whose level sets are its outlines at different sizes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy import ndimage

from slidelens.demo.relief.noise import fractal
from slidelens.types import Float32, Float64, Mask

Line = tuple[Float64, Float64]
"""Points of a path (row, column in pixels) and the half-width at each."""
SUBPIXELS = 2
"""Cells along the side of a pixel: outlines are accurate to half a pixel."""
MAX_OVERSIZE = 1.2
"""Largest enlargement of an outline to compensate for the specks that are left out."""
MEAN_WIDTH = 0.72
"""Mean width of a landslide over its largest width."""


@dataclass(frozen=True)
class Body:
    """The body of a landslide. Its cells are smaller than pixels by the factor `SUBPIXELS`.

    Attributes:
        rows: rows of its window, in whole pixels.
        columns: columns of its window, in whole pixels.
        depth: (rows, columns) in cells: about −1 along the middle, 0 at the edge, positive
            outside. Each of its level sets is an outline.
        along: same shape, from 0 at the head to 1 at the toe.
        across_px: same shape, signed distance from the path in pixels.
        cell_m2: area of a cell.
        area_m2: initial area, less than requested if there was no room.
    """

    rows: slice
    columns: slice
    depth: Float32
    along: Float32
    across_px: Float32
    cell_m2: float
    area_m2: float

    def outline_level(self, area_m2: float) -> float:
        """Return the level of `depth` below which `area_m2` of ground lies."""
        cells = min(self.depth.size - 1, max(1, round(area_m2 / self.cell_m2)))
        return float(np.partition(self.depth, cells, axis=None)[cells])

    def open_ground(self, area_m2: float) -> Mask:
        """Return the cells of an outline of about `area_m2`: connected, with pinholes filled."""
        ground, target_m2 = np.zeros(self.depth.shape, bool), area_m2
        for _ in range(3 if area_m2 > 0 else 0):
            ground = _largest_part(
                self.depth < self.outline_level(target_m2), pinhole_cells=round(150 / self.cell_m2)
            )
            ratio = area_m2 / (np.count_nonzero(ground) * self.cell_m2)
            if abs(ratio - 1) < 0.03:
                break
            target_m2 = min(target_m2 * ratio, MAX_OVERSIZE * area_m2)
        return ground


def _largest_part(inside: Mask, pinhole_cells: int) -> Mask:
    """Keep the largest connected part and fill its pinholes."""
    labels, count = ndimage.label(inside)
    body = (
        labels == 1 + int(np.argmax(np.bincount(labels.ravel(), minlength=2)[1:]))
        if count
        else inside
    )
    holes, count = ndimage.label(~body)
    small = np.flatnonzero(np.bincount(holes.ravel()) <= pinhole_cells)
    return np.asarray(body | np.isin(holes, small[small > 0]))


def to_pixels(cells: Mask | Float32) -> Float32:
    """Return the (rows, columns) mean over the cells of each pixel."""
    # Sums of slices: `mean` over the two short axes takes five times as long.
    values = np.asarray(cells, np.float32)
    in_rows = reduce(np.add, [values[:, column::SUBPIXELS] for column in range(SUBPIXELS)])
    total = reduce(np.add, [in_rows[row::SUBPIXELS] for row in range(SUBPIXELS)])
    return np.asarray(total / np.float32(SUBPIXELS**2), np.float32)


def shape_around(
    lines: list[Line],
    window: tuple[slice, slice],
    area_m2: float,
    relief_m: Float32,
    pixel_m: float,
    rng: np.random.Generator,
) -> Body:
    """Shape a body around lines.

    The depth is the distance to the lines over their half-width, roughened at random and by the
    relief: hollows slide, ribs stand.

    Args:
        lines: lines of the body, its path first.
        window: rows and columns in whole pixels.
        area_m2: initial area.
        relief_m: (height, width) height of the ground above its surroundings.
        pixel_m: side of a pixel.
        rng: random generator.
    """
    width_px = area_m2 / pixel_m**2 / (MEAN_WIDTH * len(lines[0][0]))
    rows, columns = window
    shape = SUBPIXELS * (rows.stop - rows.start), SUBPIXELS * (columns.stop - columns.start)
    row, column, half, along, south, east = _nearest(lines, window, shape)
    dy = rows.start - 0.5 + (np.arange(shape[0], dtype=np.float32)[:, None] + 0.5) / SUBPIXELS - row
    dx = (
        columns.start
        - 0.5
        + (np.arange(shape[1], dtype=np.float32)[None, :] + 0.5) / SUBPIXELS
        - column
    )
    rough = min(0.20 * width_px, 5.0) * fractal(
        shape, rng, max(8.0, 3.0 * width_px * SUBPIXELS), 3, 2.7
    )
    ribs = np.clip(relief_m[rows, columns] * 0.05, -0.25, 0.25).repeat(SUBPIXELS, 0).repeat(
        SUBPIXELS, 1
    ) * min(width_px, 12.0)
    half, distance = np.maximum(half, 0.6), np.hypot(dy, dx)
    ragged = distance / half - 1 + (rough + ribs) / np.maximum(half, 0.3 * width_px)
    # The middle stays connected whatever the roughness.
    depth = np.minimum(ragged, distance / half - 0.9)
    return Body(
        rows=rows,
        columns=columns,
        depth=depth.astype(np.float32),
        along=along,
        across_px=dx * south - dy * east,
        cell_m2=(pixel_m / SUBPIXELS) ** 2,
        area_m2=area_m2,
    )


def _nearest(lines: list[Line], window: tuple[slice, slice], shape: tuple[int, int]) -> Float32:
    """Return (6, *shape): the values of `_nodes` at the node nearest to each cell."""
    nodes = np.concatenate(
        [
            _nodes(line, half, start=0.12 if number else 0.0)
            for number, (line, half) in enumerate(lines)
        ]
    )
    corner = np.array([side.start for side in window]) - 0.5
    cells = np.clip(
        np.rint((nodes[:, :2] - corner) * SUBPIXELS - 0.5).astype(int), 0, np.array(shape) - 1
    )
    number = np.full(shape, -1)
    number[tuple(cells.T)] = np.arange(len(nodes))
    nearest = ndimage.distance_transform_edt(
        number < 0, return_distances=False, return_indices=True
    )
    return np.asarray(nodes[number[tuple(nearest)]].astype(np.float32).transpose(2, 0, 1))


def _nodes(line: Float64, half: Float64, start: float) -> Float64:
    """Sample a line at two nodes per pixel.

    Returns:
        (n, 6) row, column, half-width, position along the body (0 head, 1 toe), and direction
        southwards and eastwards.
    """
    direction = ndimage.gaussian_filter1d(np.gradient(line, axis=0), 3, axis=0, mode="nearest")
    direction /= np.maximum(np.hypot(*direction.T), 1e-9)[:, None]
    along = np.linspace(start, 1, len(line))
    columns = np.column_stack([line, half, along, direction])
    positions = np.linspace(0, len(line) - 1, 2 * len(line))
    return np.column_stack(
        [np.interp(positions, np.arange(len(line)), column) for column in columns.T]
    )
