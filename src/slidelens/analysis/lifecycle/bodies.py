"""The landslide bodies of one date: duplicate and nested polygons made one, shared ground given to one body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from slidelens.analysis.overlay import Overlaps, shared, touching, union_by, without
from slidelens.types import Float64, Int64, Shapes


@dataclass(frozen=True)
class Bodies:
    """Landslide bodies that do not overlap each other; together they cover what the polygons cover.

    shapes: (m,) polygons and multipolygons
    body_of: (n,) the body that each polygon of the inventory went into
    """

    shapes: Shapes
    body_of: Int64


def find_bodies(polygons: Shapes, nested_share: float = 0.5) -> Bodies:
    """Bodies of an inventory, so that no ground is counted twice.

    Shared ground goes to the larger polygon. A polygon that loses `nested_share` of its area or more to larger ones is taken for the
    same landslide as the one that covers most of it (a duplicate, or drawn within another), and what is left of it goes there too.

    polygons: (n,) valid polygons with area in one metric CRS, snapped, in any order
    """
    rank = _by_size(polygons)
    pairs = _larger_neighbours(polygons, rank)
    rest = without(polygons, polygons, (pairs.left, pairs.right))
    root = _roots(_joined(polygons, rest, pairs, rank, nested_share))
    kept, body_of = np.unique(root, return_inverse=True)
    return Bodies(union_by(body_of, rest, len(kept)), body_of)


def _by_size(polygons: Shapes) -> Int64:
    """(n,) 0 for the largest; equal areas by place, then by shape: the order in the file never matters."""
    area = np.round(shapely.area(polygons), 3)
    left, bottom, right, top = np.round(shapely.bounds(polygons), 3).T
    order = np.lexsort((_wkb(polygons, area), right, bottom, left, -top, -area))
    rank = np.empty(len(polygons), dtype=np.int64)
    rank[order] = np.arange(len(polygons))
    return rank


def _wkb(polygons: Shapes, area: Float64) -> Int64:
    """(n,) order by normalised bytes among polygons of equal area, 0 for the others."""
    key = np.zeros(len(polygons), dtype=np.int64)
    _, group, count = np.unique(area, return_inverse=True, return_counts=True)
    tied = np.flatnonzero(count[group] > 1)
    _, key[tied] = np.unique(shapely.to_wkb(shapely.normalize(polygons[tied])), return_inverse=True)
    return key


def _larger_neighbours(polygons: Shapes, rank: Int64) -> Overlaps:
    a, b = touching(polygons, polygons)
    smaller = rank[a] > rank[b]
    return shared(polygons, polygons, a[smaller], b[smaller])


def _joined(
    polygons: Shapes, rest: Shapes, pairs: Overlaps, rank: Int64, nested_share: float
) -> Int64:
    """(n,) the polygon that each one is part of: itself, or the larger one that covers most of it."""
    into = np.arange(len(polygons))
    nested = shapely.area(rest) <= (1 - nested_share) * shapely.area(polygons)
    order = np.lexsort((-rank[pairs.right], pairs.area_m2))
    into[pairs.left[order]] = pairs.right[order]
    return np.where(nested, into, np.arange(len(polygons)))


def _roots(into: Int64) -> Int64:
    """(n,) the end of each chain of joins; joins always lead to a larger polygon, so that there are no circles."""
    while not np.array_equal(into, into[into]):
        into = into[into]
    return into
