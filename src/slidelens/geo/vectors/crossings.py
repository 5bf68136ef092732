"""Count how often outlines cross, which tells what an overlay or a repair of them will take."""

from __future__ import annotations

import numpy as np
import shapely

from slidelens.types import Float64, Shapes

# Repair takes time and memory by the number of crossings: 3 s and 150 MB for so many.
MAX_CROSSINGS = 50_000
_EDGES_AT_ONCE = 50


def edges_of(shape: shapely.Geometry) -> Shapes:
    """Return the edges of a polygon as lines of two points."""
    points, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(shape)), return_index=True
    )
    pairs: Float64 = np.stack([points[:-1], points[1:]], axis=1)[ring[:-1] == ring[1:]]
    return np.asarray(shapely.linestrings(pairs), dtype=object)


def count_crossings(edges: Shapes, others: Shapes | None = None, most: int = MAX_CROSSINGS) -> int:
    """Count how often edges cross each other, or others, and stop when there are more than `most`.

    Args:
        edges: (n,) lines of two points.
        others: (m,) lines of two points; by default the edges themselves.
        most: Where to stop.
    """
    tree, crossings = shapely.STRtree(edges if others is None else others), 0
    for first in range(0, len(edges), _EDGES_AT_ONCE):
        left, right = tree.query(edges[first : first + _EDGES_AT_ONCE], "crosses")
        crossings += int((left + first < right).sum()) if others is None else len(left)
        if crossings > most:
            break
    return crossings
