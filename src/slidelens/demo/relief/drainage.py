"""Drainage on a height field: a tree in which each cell drains into one receiver.

A tree is an (n,) array of receivers: cell i drains into receiver[i], the outlet into itself. Sums
along the tree use pointer jumping (each pass doubles the distance), so that a million cells take
tenths of a second in NumPy.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from slidelens.types import Float64, Int64

NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))


def drainage_tree(height_m: Float64, outlet: int, waywardness: Float64 | None = None) -> Int64:
    """Return the receivers by steepest descent, with pits that spill over their lowest pass.

    Args:
        height_m: (rows, columns) heights.
        outlet: flat index of the cell that all water leaves by.
        waywardness: (8, rows, columns) factors on the slope to each neighbour; small irregularities
            keep channels from running straight.

    Returns:
        (rows · columns,) flat indices.

    Source:
        Cordonnier et al. (2019), doi 10.5194/esurf-7-549-2019.
    """
    receiver = _steepest_neighbours(height_m, waywardness)
    receiver[outlet] = outlet
    return _fill_pits(height_m, receiver, outlet)


def _steepest_neighbours(height_m: Float64, waywardness: Float64 | None) -> Int64:
    rows, columns = height_m.shape
    padded = np.pad(height_m, 1, constant_values=np.inf)
    index = np.arange(rows * columns).reshape(rows, columns)
    receiver, steepest_slope = index.copy(), np.zeros_like(height_m)
    for number, (down, right) in enumerate(NEIGHBOURS):
        neighbour = padded[1 + down : 1 + down + rows, 1 + right : 1 + right + columns]
        slope = (height_m - neighbour) / np.hypot(down, right)
        if waywardness is not None:
            slope = slope * waywardness[number]
        better = slope > steepest_slope
        receiver[better] = index[better] + down * columns + right
        steepest_slope = np.where(better, slope, steepest_slope)
    return receiver.ravel()


def roots(receiver: Int64) -> Int64:
    """Return the (n,) cell in which the water of each cell ends."""
    jump = receiver
    while True:
        next_jump = jump[jump]
        if np.array_equal(next_jump, jump):
            return jump
        jump = next_jump


def _fill_pits(height_m: Float64, receiver: Int64, outlet: int) -> Int64:
    root = roots(receiver)
    pits, basin = np.unique(root, return_inverse=True)
    if len(pits) == 1:
        return receiver
    inner, outer, height = _passes(height_m, basin.reshape(height_m.shape))
    links = coo_matrix(
        (height - height.min() + 1.0, (basin[inner], basin[outer])), shape=(len(pits), len(pits))
    ).tocsr()
    tree = minimum_spanning_tree(links)
    _, parent = breadth_first_order(
        tree + tree.T, int(np.searchsorted(pits, outlet)), directed=False
    )
    return _spill(receiver, pits, basin, parent, inner, outer)


def _passes(height_m: Float64, basin: Int64) -> tuple[Int64, Int64, Float64]:
    """Return the lowest crossing of each pair of adjacent basins: cells on both sides, height."""
    index = np.arange(basin.size).reshape(basin.shape)
    pairs = [
        (index[:, :-1], index[:, 1:]),
        (index[:-1], index[1:]),
        (index[:-1, :-1], index[1:, 1:]),
        (index[:-1, 1:], index[1:, :-1]),
    ]
    inner = np.concatenate([a.ravel() for a, _ in pairs])
    outer = np.concatenate([b.ravel() for _, b in pairs])
    labels = basin.ravel()
    inner, outer = inner[labels[inner] != labels[outer]], outer[labels[inner] != labels[outer]]
    swap = labels[inner] > labels[outer]
    inner, outer = np.where(swap, outer, inner), np.where(swap, inner, outer)
    height = np.maximum(height_m.ravel()[inner], height_m.ravel()[outer])
    order = np.lexsort((inner, height))
    _, first = np.unique(
        labels[inner[order]] * (labels.max() + 1) + labels[outer[order]], return_index=True
    )
    lowest = order[first]
    return inner[lowest], outer[lowest], height[lowest]


def _spill(
    receiver: Int64, pits: Int64, basin: Int64, parent: Int64, inner: Int64, outer: Int64
) -> Int64:
    """Drain every pit into the cell beyond the pass to its parent basin."""
    spilled = receiver.copy()
    down = parent[basin[inner]] == basin[outer]
    up = parent[basin[outer]] == basin[inner]
    spilled[pits[basin[inner[down]]]] = outer[down]
    spilled[pits[basin[outer[up]]]] = inner[up]
    return spilled


def accumulate(receiver: Int64, amount: Float64) -> Float64:
    """Return the (n,) total of each cell and all cells upstream, for example catchment area in m².

    Args:
        receiver: (n,) drainage tree.
        amount: (n,) amount of each cell.
    """
    sink = len(receiver)
    jump = np.append(np.where(receiver == np.arange(sink), sink, receiver), sink)
    total = np.append(amount, 0.0)
    while (jump[:-1] != sink).any():
        total = total + np.bincount(jump, weights=total, minlength=sink + 1)
        total[sink] = 0.0
        jump = jump[jump]
    return total[:-1]


def sum_downstream(receiver: Int64, step: Float64) -> Float64:
    """Return the (n,) sum of `step` from each cell down to its root, root excluded."""
    total = np.where(receiver == np.arange(len(receiver)), 0.0, step)
    jump = receiver
    while True:
        total = total + total[jump]
        next_jump = jump[jump]
        if np.array_equal(next_jump, jump):
            return total
        jump = next_jump


def step_length(receiver: Int64, columns: int, cell_m: float) -> Float64:
    """Return the (n,) distance in metres from each cell to its receiver.

    Args:
        receiver: (n,) drainage tree.
        columns: columns of the grid.
        cell_m: side of a cell.
    """
    index = np.arange(len(receiver))
    return np.asarray(
        cell_m
        * np.hypot(index // columns - receiver // columns, index % columns - receiver % columns)
    )
