"""Which polygons of two sets share ground, and how much: always through an index, never all against all.

What is kept from date to date is snapped to a grid of a hundredth of a millimetre (`GRID_M`), and every result is polygons only: rounding
can then not build up slivers over the dates until outlines cross themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from slidelens.types import Float64, Int64, Mask, Shapes

EMPTY = shapely.Polygon()
GRID_M = 1e-5


@dataclass(frozen=True)
class Overlaps:
    """Pairs of polygons that share ground.

    left, right: (k,) positions in the two sets; area_m2: (k,) the ground that both cover, > 0
    """

    left: Int64
    right: Int64
    area_m2: Float64

    def where(self, chosen: Mask) -> Overlaps:
        """Some of the pairs."""
        return Overlaps(self.left[chosen], self.right[chosen], self.area_m2[chosen])

    def by_left(self, size: int) -> Float64:
        """(size,) ground that each polygon of the left set shares, m²; counted once where the right set does not overlap itself."""
        return total_by(self.left, self.area_m2, size)


def total_by(group: Int64, values: Float64, size: int) -> Float64:
    """(size,) sum of the values of each group."""
    return np.bincount(group, weights=values, minlength=size).astype(np.float64)


def shapes_of(values: Sequence[shapely.Geometry] | Shapes) -> Shapes:
    """An array of geometries from any sequence of them, also an empty one."""
    found = np.empty(len(values), dtype=object)
    found[:] = list(values)
    return found


def empties(size: int) -> Shapes:
    """(size,) polygons without ground."""
    return np.full(size, EMPTY, dtype=object)


def snapped(shapes: Shapes) -> Shapes:
    """(n,) the shapes on the grid that overlays work on."""
    return polygonal(shapely.set_precision(shapes, GRID_M))


def intersection(left: Shapes, right: Shapes) -> Shapes:
    """(n,) common ground, pair by pair."""
    return polygonal(_overlay(shapely.intersection, left, right))


def difference(left: Shapes, right: Shapes) -> Shapes:
    """(n,) ground of the left shapes that the right ones do not cover, pair by pair."""
    return polygonal(_overlay(shapely.difference, left, right))


def union(left: Shapes, right: Shapes) -> Shapes:
    """(n,) ground of both, pair by pair."""
    return polygonal(_overlay(shapely.union, left, right))


def _overlay(operation: Callable[..., Shapes], left: Shapes, right: Shapes) -> Shapes:
    try:
        return operation(left, right)
    except (
        shapely.errors.GEOSException
    ):  # outlines a rounding error apart: the grid always succeeds, at a third of the speed
        return operation(left, right, grid_size=GRID_M)


def polygonal(shapes: Shapes) -> Shapes:
    """(n,) the shapes without the lines and points that an overlay may leave."""
    cleaned = shapes.copy()
    cleaned[shapely.get_dimensions(shapes) < 2] = EMPTY
    mixed = shapely.get_type_id(cleaned) == shapely.GeometryType.GEOMETRYCOLLECTION
    for position in np.flatnonzero(mixed):
        parts = shapely.get_parts(shapes[position])
        cleaned[position] = shapely.union_all(
            parts[shapely.get_dimensions(parts) == 2], grid_size=GRID_M
        )
    return cleaned


def overlaps(left: Shapes, right: Shapes) -> Overlaps:
    """All pairs with common area. left, right: (n,), (m,) valid polygons in one metric CRS."""
    return shared(left, right, *touching(left, right))


def touching(left: Shapes, right: Shapes, distance_m: float = 0.0) -> tuple[Int64, Int64]:
    """Positions of all pairs that touch, or come within a distance of each other."""
    tree = shapely.STRtree(right)
    found = (
        tree.query(left, "dwithin", distance_m)
        if distance_m > 0
        else tree.query(left, "intersects")
    )
    return found[0].astype(np.int64), found[1].astype(np.int64)


def shared(left: Shapes, right: Shapes, a: Int64, b: Int64) -> Overlaps:
    """The common area of given pairs; those without any are left out."""
    area = shapely.area(_overlay(shapely.intersection, left[a], right[b]))
    return Overlaps(a, b, area).where(area > 0)


def union_by(group: Int64, shapes: Shapes, size: int) -> Shapes:
    """(size,) the union of the shapes of each group; empty where a group has none.

    group: (n,) positions 0…size-1; shapes: (n,)
    """
    united = empties(size)
    order = np.argsort(group, kind="stable")
    groups, first, count = np.unique(group[order], return_index=True, return_counts=True)
    single = count == 1
    united[groups[single]] = shapes[order[first[single]]]
    for member, start, n in zip(groups[~single], first[~single], count[~single], strict=True):
        united[member] = shapely.union_all(shapes[order[start : start + n]], grid_size=GRID_M)
    united[groups[~single]] = polygonal(united[groups[~single]])
    return united


def without(shapes: Shapes, others: Shapes, pairs: tuple[Int64, Int64] | None = None) -> Shapes:
    """(n,) each shape less the ground of the others, snapped.

    pairs: positions of the shapes and others that touch, where they are known already
    """
    a, b = touching(shapes, others) if pairs is None else pairs
    cut = union_by(a, others[b], len(shapes))
    left = shapes.copy()
    some = ~shapely.is_empty(cut)
    left[some] = snapped(difference(shapes[some], cut[some]))
    return left


def tiled(region: Shapes, most_points: int = 256) -> Shapes:
    """The same ground in polygons of few corners, so that cutting with them is quick.

    region: (m,) polygons; a mask's outline may have a hundred thousand corners, and every cut would read them all
    """
    parts = shapely.get_parts(region)
    parts = parts[~shapely.is_empty(parts)]
    large = shapely.get_num_coordinates(parts) > most_points
    return np.concatenate(
        [parts[~large], *(tiled(_quartered(part), most_points) for part in parts[large])]
    )


def _quartered(part: shapely.Geometry) -> Shapes:
    left, bottom, right, top = shapely.bounds(part)
    x, y = (left + right) / 2, (bottom + top) / 2
    boxes = shapely.box(
        [left, x, left, x], [bottom, bottom, y, y], [x, right, x, right], [y, y, top, top]
    )
    return intersection(np.full(4, part, dtype=object), boxes)
