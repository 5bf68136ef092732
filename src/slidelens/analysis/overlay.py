"""Overlay sets of polygons: which pairs overlap, by how much, and set operations on them.

All pairs are found with a spatial index. Geometries that are carried from date to date are snapped
to a grid of a hundredth of a millimetre (`GRID_M`), and every result holds polygons only, so that
rounding does not accumulate into slivers and self-intersections.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from slidelens.types import Float64, Int64, Mask, Shapes

EMPTY = shapely.Polygon()
GRID_M = 1e-5
_LARGE_POINTS, _MANY_PAIRS = 5000, 1000  # from which on splitting a polygon pays
_TILE_POINTS = 1000  # of its parts


@dataclass(frozen=True)
class Overlaps:
    """Pairs of overlapping polygons of two sets.

    Attributes:
        left: (k,) positions in the first set.
        right: (k,) positions in the second set.
        area_m2: (k,) common area of each pair, m², > 0.
    """

    left: Int64
    right: Int64
    area_m2: Float64

    def where(self, chosen: Mask) -> Overlaps:
        """Return the pairs for which `chosen`, (k,), is true."""
        return Overlaps(self.left[chosen], self.right[chosen], self.area_m2[chosen])

    def by_left(self, size: int) -> Float64:
        """Return (size,) the overlapping area of each polygon of the first set, m².

        Exact if the polygons of the second set do not overlap each other.
        """
        return total_by(self.left, self.area_m2, size)


def total_by(group: Int64, values: Float64, size: int) -> Float64:
    """Return (size,) the sum of the values of each group."""
    return np.bincount(group, weights=values, minlength=size).astype(np.float64)


def shapes_of(values: Sequence[shapely.Geometry] | Shapes) -> Shapes:
    """Return a sequence of geometries, possibly empty, as an array."""
    shapes = np.empty(len(values), dtype=object)
    shapes[:] = list(values)
    return shapes


def empties(size: int) -> Shapes:
    """Return (size,) empty polygons."""
    return np.full(size, EMPTY, dtype=object)


def snapped(shapes: Shapes) -> Shapes:
    """Return the shapes snapped to `GRID_M`, polygons only."""
    return polygonal(shapely.set_precision(shapes, GRID_M))


def intersection(left: Shapes, right: Shapes) -> Shapes:
    """Return (n,) the intersections, pair by pair."""
    return polygonal(_overlay(shapely.intersection, left, right))


def difference(left: Shapes, right: Shapes) -> Shapes:
    """Return (n,) the left shapes minus the right ones, pair by pair."""
    return polygonal(_overlay(shapely.difference, left, right))


def union(left: Shapes, right: Shapes) -> Shapes:
    """Return (n,) the unions, pair by pair."""
    return polygonal(_overlay(shapely.union, left, right))


def _overlay(operation: Callable[..., Shapes], left: Shapes, right: Shapes) -> Shapes:
    try:
        return operation(left, right)
    except shapely.errors.GEOSException:
        pass  # outlines a rounding error apart: overlay on a grid is three times slower
    try:
        return operation(left, right, grid_size=GRID_M)
    except shapely.errors.GEOSException:
        # An earlier overlay left an outline that crosses itself.
        return operation(_repaired(left), _repaired(right), grid_size=GRID_M)


def _repaired(shapes: Shapes) -> Shapes:
    return polygonal(shapely.make_valid(shapes))


def polygonal(shapes: Shapes) -> Shapes:
    """Return the shapes without the points and lines that an overlay may leave."""
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
    """Return all pairs with a common area.

    Args:
        left: (n,) valid polygons in a metric CRS.
        right: (m,) valid polygons in the same CRS.
    """
    return shared(left, right, *touching(left, right))


def touching(left: Shapes, right: Shapes, distance_m: float = 0.0) -> tuple[Int64, Int64]:
    """Return the positions of all pairs that touch, or lie within a distance of each other."""
    large = shapely.get_num_coordinates(right) > _LARGE_POINTS
    others = right.copy()
    others[large] = EMPTY
    a, b = _query(left, others, distance_m)
    if large.any():  # the polygons that a tree is asked for are indexed, those in it are not
        of_large, near = _query(right[large], left, distance_m)
        a, b = np.concatenate([a, near]), np.concatenate([b, np.flatnonzero(large)[of_large]])
        order = np.argsort(a, kind="stable")
        a, b = a[order], b[order]
    return a, b


def _query(shapes: Shapes, others: Shapes, distance_m: float) -> tuple[Int64, Int64]:
    """Return what `touching` returns; every pair reads all vertices of the other polygon."""
    tree = shapely.STRtree(others)
    pairs = (
        tree.query(shapes, "dwithin", distance_m)
        if distance_m > 0
        else tree.query(shapes, "intersects")
    )
    return pairs[0].astype(np.int64), pairs[1].astype(np.int64)


def shared(left: Shapes, right: Shapes, a: Int64, b: Int64) -> Overlaps:
    """Return the overlaps among given pairs.

    Args:
        left: (n,) valid polygons in a metric CRS.
        right: (m,) valid polygons in the same CRS.
        a: (k,) positions in `left`.
        b: (k,) positions in `right`.
    """
    area = np.empty(len(a))
    rest = np.ones(len(a), dtype=bool)
    for shapes, of, others, other_of in ((right, b, left, a), (left, a, right, b)):
        for number in _large_of_many(shapes, of[rest]):
            pairs = np.flatnonzero(rest & (of == number))
            area[pairs] = _areas_within(shapes[number], others[other_of[pairs]])
            rest[pairs] = False
    area[rest] = shapely.area(_overlay(shapely.intersection, left[a[rest]], right[b[rest]]))
    return Overlaps(a, b, area).where(area > 0)


def _large_of_many(shapes: Shapes, members: Int64) -> Int64:
    """Return the positions of large polygons that are members of many pairs.

    Every overlay with such a polygon reads all its vertices, which may be a million.
    """
    counts = np.bincount(members, minlength=len(shapes))
    many = np.flatnonzero(counts > _MANY_PAIRS)
    return many[shapely.get_num_coordinates(shapes[many]) > _LARGE_POINTS]


def _areas_within(large: shapely.Geometry, shapes: Shapes) -> Float64:
    """Return (n,) the area of each shape within a large polygon, m²."""
    tiles = tiled(shapes_of([large]), _TILE_POINTS)
    of_shape, of_tile = touching(shapes, tiles)
    area = shapely.area(_overlay(shapely.intersection, shapes[of_shape], tiles[of_tile]))
    return total_by(of_shape, area, len(shapes))


def union_by(group: Int64, shapes: Shapes, size: int) -> Shapes:
    """Return (size,) the union of the shapes of each group.

    Args:
        group: (n,) group of each shape, 0…size − 1.
        shapes: (n,) valid polygons.
        size: Number of groups; a group without shapes gets an empty polygon.
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
    """Return (n,) each shape minus all of the others, snapped.

    Args:
        shapes: (n,) valid polygons.
        others: (m,) valid polygons to subtract.
        pairs: Positions of the shapes and others that touch, if already known.
    """
    a, b = touching(shapes, others) if pairs is None else pairs
    for number in _large_of_many(others, b):  # only its parts near a shape are subtracted
        members, tiles = a[b == number], tiled(others[[number]], _TILE_POINTS)
        near, of_tile = touching(shapes[members], tiles)
        a = np.concatenate([a[b != number], members[near]])
        b = np.concatenate([b[b != number], len(others) + of_tile])
        others = np.concatenate([others, tiles])
    cut = union_by(a, others[b], len(shapes))
    remainder = shapes.copy()
    affected = ~shapely.is_empty(cut)
    remainder[affected] = snapped(difference(shapes[affected], cut[affected]))
    return remainder


def tiled(region: Shapes, most_points: int = 256) -> Shapes:
    """Split polygons into tiles of few vertices, so that overlays with them are fast.

    The outline of a mask may have a hundred thousand vertices, and every overlay reads them all.

    Args:
        region: (m,) polygons.
        most_points: Largest number of vertices of a tile.

    Returns:
        (k,) polygons that cover the same area.
    """
    parts = shapely.get_parts(region)
    parts = parts[~shapely.is_empty(parts)]
    large = shapely.get_num_coordinates(parts) > most_points
    return np.concatenate(
        [parts[~large], *(tiled(_divide(part), most_points) for part in parts[large])]
    )


def _divide(part: shapely.Geometry) -> Shapes:
    """Split a polygon in four, or in two if it is long."""
    left, bottom, right, top = shapely.bounds(part)
    x = [left, right] if top - bottom > 2 * (right - left) else [left, (left + right) / 2, right]
    y = [bottom, top] if right - left > 2 * (top - bottom) else [bottom, (bottom + top) / 2, top]
    west, south = (each.ravel() for each in np.meshgrid(x[:-1], y[:-1]))
    east, north = (each.ravel() for each in np.meshgrid(x[1:], y[1:]))
    boxes = shapely.box(west, south, east, north)
    pieces = _overlay(shapely.intersection, np.full(len(boxes), part, dtype=object), boxes)
    parts = shapely.get_parts(shapely.get_parts(pieces))
    return np.asarray(parts[shapely.get_dimensions(parts) == 2])
