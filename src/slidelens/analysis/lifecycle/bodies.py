"""Landslide bodies of one date: disjoint shapes from duplicate, nested or overlapping polygons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from slidelens.analysis.overlay import Overlaps, shared, touching, union_by, without
from slidelens.types import Float64, Int64, Shapes


@dataclass(frozen=True)
class Bodies:
    """Disjoint landslide bodies that cover the same ground as the polygons of an inventory.

    Attributes:
        shapes: (m,) polygons and multipolygons.
        body_of: (n,) position in `shapes` of each polygon's body.
    """

    shapes: Shapes
    body_of: Int64


def find_bodies(polygons: Shapes, nested_share: float = 0.5) -> Bodies:
    """Return the bodies of an inventory, so that no ground is counted twice.

    Overlaps go to the larger polygon. A polygon that loses `nested_share` of its area or more (a
    duplicate, or one drawn inside another) joins the body of the polygon that covers most of it,
    together with its remainder.

    Args:
        polygons: (n,) valid polygons with an area, in one metric CRS, snapped, in any order.
        nested_share: Covered share of a polygon from which it is nested.
    """
    rank = _rank_by_size(polygons)
    pairs = _larger_neighbours(polygons, rank)
    rest = without(polygons, polygons, (pairs.left, pairs.right))
    root = _follow_chains(_parents(polygons, rest, pairs, rank, nested_share))
    roots, body_of = np.unique(root, return_inverse=True)
    return Bodies(union_by(body_of, rest, len(roots)), body_of)


def _rank_by_size(polygons: Shapes) -> Int64:
    """Return (n,) ranks, 0 for the largest; ties are broken by place, then by shape.

    The order of the polygons in the file has no influence.
    """
    area = np.round(shapely.area(polygons), 3)
    left, bottom, right, top = np.round(shapely.bounds(polygons), 3).T
    order = np.lexsort((_rank_by_wkb(polygons, area), right, bottom, left, -top, -area))
    rank = np.empty(len(polygons), dtype=np.int64)
    rank[order] = np.arange(len(polygons))
    return rank


def _rank_by_wkb(polygons: Shapes, area: Float64) -> Int64:
    """Return (n,) ranks by normalised WKB among polygons of equal area, 0 for the others."""
    key = np.zeros(len(polygons), dtype=np.int64)
    _, group, count = np.unique(area, return_inverse=True, return_counts=True)
    tied = np.flatnonzero(count[group] > 1)
    _, key[tied] = np.unique(shapely.to_wkb(shapely.normalize(polygons[tied])), return_inverse=True)
    return key


def _larger_neighbours(polygons: Shapes, rank: Int64) -> Overlaps:
    a, b = touching(polygons, polygons)
    smaller = rank[a] > rank[b]
    return shared(polygons, polygons, a[smaller], b[smaller])


def _parents(
    polygons: Shapes, rest: Shapes, pairs: Overlaps, rank: Int64, nested_share: float
) -> Int64:
    """Return (n,) for a nested polygon the larger one that covers most of it, else itself."""
    parent = np.arange(len(polygons))
    nested = shapely.area(rest) <= (1 - nested_share) * shapely.area(polygons)
    order = np.lexsort((-rank[pairs.right], pairs.area_m2))
    parent[pairs.left[order]] = pairs.right[order]
    return np.where(nested, parent, np.arange(len(polygons)))


def _follow_chains(parent: Int64) -> Int64:
    """Return (n,) the root of each polygon; parents are larger, so there are no cycles."""
    while not np.array_equal(parent, parent[parent]):
        parent = parent[parent]
    return parent
