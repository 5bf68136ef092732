"""Merge the fragments of a landslide and fill small holes.

A network maps a landslide in fragments where trees, shadow or a road hide part of it, so the
number of polygons is not the number of landslides. Two fragments belong to one landslide if the
gap between them is narrow, they lie one above the other (down the slope, or along their own axes
without a height model), and the probability in the gap, though below the threshold, is higher than
that of undisturbed ground.

The fragments of a landslide become one multipart polygon. It covers the same ground apart from
filled holes, so merging changes no pixel score, and it is one row of the table, which is what a
count, a size distribution or a selection in a GIS needs. For tools that accept only single
polygons, `FragmentRules.neck_m` connects the fragments by a strip instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from slidelens.analysis.outlines.fragment_links import belong_together
from slidelens.analysis.outlines.fragment_rules import FragmentContext, FragmentRules
from slidelens.analysis.outlines.holes import fill_small_holes
from slidelens.analysis.overlay import empties, touching, union_by
from slidelens.types import Int64, Shapes


@dataclass(frozen=True)
class MergedFragments:
    """Landslides and the fragments that they consist of.

    Attributes:
        shapes: (m,) polygons and multipolygons, in the order of their first fragment.
        body_of: (n,) position in `shapes` of each fragment's landslide.
    """

    shapes: Shapes
    body_of: Int64

    @property
    def pieces(self) -> Int64:
        """Return (m,) the number of fragments of each landslide."""
        return np.bincount(self.body_of, minlength=len(self.shapes))


def merge_fragments(
    polygons: Shapes, rules: FragmentRules | None = None, around: FragmentContext | None = None
) -> MergedFragments:
    """Merge the fragments of each landslide.

    Args:
        polygons: (n,) valid polygons in a metric CRS (that of the context's grid); overlapping
            ones are always merged.
        rules: Thresholds; by default those of `FragmentRules`.
        around: Probability and heights between the fragments. What it lacks is not considered;
            without it only gaps and axes decide.
    """
    rules = rules or FragmentRules()
    filled = fill_small_holes(polygons, rules.max_hole_m2)
    a, b = touching(filled, filled, rules.max_gap_m)
    rank = _rank_by_place(filled)
    first = rank[a] < rank[b]
    a, b = a[first], b[first]
    linked = belong_together(filled, a, b, rules, around)
    links = coo_array(
        (np.ones(int(linked.sum())), (a[linked], b[linked])), shape=(len(filled), len(filled))
    )
    body_of = _number_by_appearance(connected_components(links, directed=False)[1])
    strips = _necks(filled, a[linked], b[linked], rules.neck_m)
    group = np.concatenate([body_of, body_of[a[linked]]])
    size = int(body_of.max(initial=-1)) + 1
    return MergedFragments(union_by(group, np.concatenate([filled, strips]), size), body_of)


def _rank_by_place(shapes: Shapes) -> Int64:
    """Return (n,) the rank of each polygon by place and size.

    Where two polygons touch along a side, the gap line between them depends on which is first;
    a fixed order keeps the result independent of the order in the file.
    """
    keys = np.column_stack([shapely.bounds(shapes), shapely.area(shapes), shapely.length(shapes)])
    return np.argsort(np.lexsort(keys.T[::-1])).astype(np.int64)


def _number_by_appearance(labels: Int64) -> Int64:
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


def _necks(shapes: Shapes, a: Int64, b: Int64, neck_m: float) -> Shapes:
    """Return (k,) strips that connect merged fragments; empty polygons for a width of 0."""
    if neck_m <= 0:
        return empties(len(a))
    return shapely.buffer(
        shapely.shortest_line(shapes[a], shapes[b]), neck_m / 2, cap_style="square"
    )
