"""The ground of one landslide: a field whose levels are its outlines, larger and smaller."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from slidelens.demo.relief.noise import fractal
from slidelens.types import Float32

Line = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Points of a path (row, column in pixels) and the half-width there."""
FINER = 2
"""Body cells a pixel: outlines are known to half a pixel."""
MOST_ASKED = 1.2
"""How much more than its area an outline may take in to make up for the specks that it leaves out."""
MEAN_WIDTH = 0.72
"""Mean width of a landslide over its greatest."""


@dataclass(frozen=True)
class Body:
    """The ground of one landslide.

    rows, columns: its window, whole pixels
    depth: (FINER · rows, FINER · columns) float32: about −1 along its middle, 0 at its edge, above 0 outside; any level of it is an outline
    along: the same shape, 0 at the head to 1 at the toe
    across_px: the same shape, signed distance from the path
    cell_m2: area of a cell
    area_m2: the first area: what was asked for, or less where there was no room
    """

    rows: slice
    columns: slice
    depth: Float32
    along: Float32
    across_px: Float32
    cell_m2: float
    area_m2: float

    def outline_level(self, area_m2: float) -> float:
        """The level of `depth` below which `area_m2` of ground lies."""
        cells = min(self.depth.size - 1, max(1, round(area_m2 / self.cell_m2)))
        return float(np.partition(self.depth, cells, axis=None)[cells])

    def open_ground(self, area_m2: float) -> NDArray[np.bool_]:
        """The cells of an outline of about `area_m2`: one connected body, its pinholes filled."""
        ground, asked_m2 = np.zeros(self.depth.shape, bool), area_m2
        for _ in range(3 if area_m2 > 0 else 0):
            ground = _in_one_piece(
                self.depth < self.outline_level(asked_m2), pinhole_cells=round(150 / self.cell_m2)
            )
            short = area_m2 / (np.count_nonzero(ground) * self.cell_m2)
            if abs(short - 1) < 0.03:
                break
            asked_m2 = min(asked_m2 * short, MOST_ASKED * area_m2)
        return ground


def _in_one_piece(inside: NDArray[np.bool_], pinhole_cells: int) -> NDArray[np.bool_]:
    labels, count = ndimage.label(inside)
    body = (
        labels == 1 + int(np.argmax(np.bincount(labels.ravel(), minlength=2)[1:]))
        if count
        else inside
    )
    holes, count = ndimage.label(~body)
    small = np.flatnonzero(np.bincount(holes.ravel()) <= pinhole_cells)
    return np.asarray(body | np.isin(holes, small[small > 0]))


def at_pixels(cells: NDArray) -> Float32:
    """(rows, columns) mean over the FINER × FINER cells of each pixel."""
    rows, columns = cells.shape[0] // FINER, cells.shape[1] // FINER
    return np.asarray(
        cells.reshape(rows, FINER, columns, FINER).mean(axis=(1, 3), dtype=np.float32),
        dtype=np.float32,
    )


def mould(
    lines: list[Line],
    window: tuple[slice, slice],
    area_m2: float,
    relief_m: Float32,
    pixel_m: float,
    rng: np.random.Generator,
) -> Body:
    """The body around lines, the first of them its path: its depth is the distance to the lines over their half-width, roughened.

    Chance roughens it, and the ground's own irregularity: hollows slide, ribs stand.

    window: rows and columns, whole pixels; relief_m: (height, width) height of the ground above its surroundings
    """
    width_px = area_m2 / pixel_m**2 / (MEAN_WIDTH * len(lines[0][0]))
    rows, columns = window
    shape = (FINER * (rows.stop - rows.start), FINER * (columns.stop - columns.start))
    row, column, half, along, south, east = _nearest(lines, window, shape)
    dy = rows.start - 0.5 + (np.arange(shape[0], dtype=np.float32)[:, None] + 0.5) / FINER - row
    dx = (
        columns.start
        - 0.5
        + (np.arange(shape[1], dtype=np.float32)[None, :] + 0.5) / FINER
        - column
    )
    rough = min(0.20 * width_px, 5.0) * fractal(
        shape, rng, max(8.0, 3.0 * width_px * FINER), 3, 2.7
    )
    ribs = np.clip(relief_m[rows, columns] * 0.05, -0.25, 0.25).repeat(FINER, 0).repeat(
        FINER, 1
    ) * min(width_px, 12.0)
    half, away = np.maximum(half, 0.6), np.hypot(dy, dx)
    ragged = away / half - 1 + (rough + ribs) / np.maximum(half, 0.3 * width_px)
    depth = np.minimum(
        ragged, away / half - 0.9
    )  # whatever the roughness, the middle holds together
    return Body(
        rows,
        columns,
        depth.astype(np.float32),
        along,
        dx * south - dy * east,
        (pixel_m / FINER) ** 2,
        area_m2,
    )


def _nearest(lines: list[Line], window: tuple[slice, slice], shape: tuple[int, int]) -> Float32:
    """(6, *shape) what `_nodes` tells of the point of the lines that is nearest to each cell."""
    nodes = np.concatenate(
        [
            _nodes(line, half, start=0.12 if number else 0.0)
            for number, (line, half) in enumerate(lines)
        ]
    )
    corner = np.array([side.start for side in window]) - 0.5
    cells = np.clip(
        np.rint((nodes[:, :2] - corner) * FINER - 0.5).astype(int), 0, np.array(shape) - 1
    )
    number = np.full(shape, -1)
    number[tuple(cells.T)] = np.arange(len(nodes))
    nearest = ndimage.distance_transform_edt(
        number < 0, return_distances=False, return_indices=True
    )
    return nodes[number[tuple(nearest)]].astype(np.float32).transpose(2, 0, 1)


def _nodes(
    line: NDArray[np.float64], half: NDArray[np.float64], start: float
) -> NDArray[np.float64]:
    """(n, 6), two a pixel: row, column, half-width, place along the body (0 head, 1 toe), and direction southwards and eastwards."""
    direction = ndimage.gaussian_filter1d(np.gradient(line, axis=0), 3, axis=0, mode="nearest")
    direction /= np.maximum(np.hypot(*direction.T), 1e-9)[:, None]
    along = np.linspace(start, 1, len(line))
    columns = np.column_stack([line, half, along, direction])
    at = np.linspace(0, len(line) - 1, 2 * len(line))
    return np.column_stack([np.interp(at, np.arange(len(line)), column) for column in columns.T])
