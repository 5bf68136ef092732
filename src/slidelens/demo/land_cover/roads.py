"""Roads: least-cost paths along the valley and up to the villages."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from slidelens.demo.relief.lines import Distance, distance_to
from slidelens.demo.relief.noise import fractal
from slidelens.demo.relief.terrain import TRUNK_M2, Terrain
from slidelens.types import Float64, Int32, Int64

CELL_PX = 4
STEPS = ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1))
GRADE = 0.11
"""Rise per metre at which the cost of a road doubles."""


def lay_out_roads(terrain: Terrain, villages: Int64, rng: np.random.Generator) -> Distance:
    """Return the distance to the road network; its value is the road's width in pixels.

    Args:
        terrain: the terrain.
        villages: (n, 2) rows and columns of the village centres in pixels.
        rng: random generator.
    """
    height_m = ndimage.gaussian_filter(terrain.elevation_m, 2)[::CELL_PX, ::CELL_PX].astype(float)
    graph = _graph(height_m, terrain.pixel_m * CELL_PX, rng)
    main = _valley_road(graph, height_m, terrain)
    lanes = _lanes(graph, main, villages // CELL_PX, height_m.shape)
    width = {0: 1.5, 1: 0.95}
    lines = [
        _points(line, height_m.shape, width[0 if number == 0 else 1])
        for number, line in enumerate([main, *lanes])
    ]
    return distance_to(np.concatenate(lines), terrain.elevation_m.shape)


def _graph(height_m: Float64, cell_m: float, rng: np.random.Generator) -> csr_matrix:
    """Return the costs between cells: length times a penalty on the grade."""
    index = np.arange(height_m.size).reshape(height_m.shape)
    roughness = np.exp(0.35 * fractal((height_m.shape[0], height_m.shape[1]), rng, 40, 3, 1.5))
    rows, columns, costs = [], [], []
    for down, right in STEPS:
        here, there = _pairs(height_m.shape, down, right)
        length = cell_m * np.hypot(down, right)
        grade = np.abs(height_m[there] - height_m[here]) / length
        cost = length * (1 + (grade / GRADE) ** 3) * (roughness[here] + roughness[there])
        rows.append(index[here].ravel())
        columns.append(index[there].ravel())
        costs.append(cost.ravel())
    return csr_matrix(
        (np.concatenate(costs), (np.concatenate(rows), np.concatenate(columns))),
        shape=(height_m.size, height_m.size),
    )


def _pairs(
    shape: tuple[int, ...], down: int, right: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    left = max(0, -right)
    here = slice(0, shape[0] - down), slice(left, shape[1] - max(0, right))
    there = slice(down, shape[0]), slice(left + right, shape[1] - max(0, right) + right)
    return here, there


def _valley_road(graph: csr_matrix, height_m: Float64, terrain: Terrain) -> list[int]:
    """Trace a road from the valley's upper to its lower end, somewhat above the river."""
    columns = height_m.shape[1]
    trunk = terrain.channels[terrain.channels[:, 2] >= TRUNK_M2]
    if len(trunk) == 0:
        return [int(np.argmin(height_m[0])), columns + int(np.argmin(height_m[1]))]
    ends = trunk[np.argmin(trunk[:, 0])], trunk[np.argmax(trunk[:, 0])]
    start, goal = (
        int(end[0] / CELL_PX) * columns + min(columns - 1, int(end[1] / CELL_PX) + 4)
        for end in ends
    )
    _, previous = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
    return _trace(previous, goal)


def _lanes(
    graph: csr_matrix, main: list[int], villages: Int64, shape: tuple[int, ...]
) -> list[list[int]]:
    _, previous, _ = dijkstra(
        graph, directed=False, indices=main, return_predecessors=True, min_only=True
    )
    places = np.minimum(villages, np.array(shape) - 1)
    return [_trace(previous, int(row) * shape[1] + int(column)) for row, column in places]


def _trace(predecessors: Int32, goal: int) -> list[int]:
    line = [goal]
    while predecessors[line[-1]] >= 0:
        line.append(int(predecessors[line[-1]]))
    return line


def _points(line: list[int], shape: tuple[int, ...], width_px: float) -> Float64:
    """Smooth a line and sample it densely, as rows of row, column and width."""
    corners = np.column_stack(np.divmod(np.array(line), shape[1])).astype(float) * CELL_PX
    if len(corners) < 2:
        return np.column_stack([corners, np.full(len(corners), width_px)])
    at = np.linspace(0, len(corners) - 1, max(2, 5 * CELL_PX * len(corners) // 2))
    dense = np.column_stack(
        [np.interp(at, np.arange(len(corners)), corners[:, axis]) for axis in (0, 1)]
    )
    smooth = ndimage.gaussian_filter1d(dense, 1.5 * CELL_PX, axis=0, mode="nearest")
    return np.column_stack([smooth, np.full(len(smooth), width_px)])
