"""Pieces of one landslide made one again, and the small holes in it filled.

A network maps a landslide in pieces where trees, shadow or a road hide part of it, and a count of pieces is no count of landslides. Two
pieces are of one body where the gap between them is small, they lie one above the other (down the slope, or along their own axes where
there is no height model), and the probability in the gap, though under the threshold, is not that of undisturbed ground.

The pieces of a body become one multipart polygon: the same ground but for the holes, so that joining moves no pixel score, and one row of
the table, which is what a count, a size distribution or a selection in a GIS works on; `neck_m` joins them by a strip instead, for tools
that take single polygons only.
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
    """Landslide bodies and the pieces they are made of.

    shapes: (m,) polygons and multipolygons, in the order of their first piece; body_of: (n,) the body of each piece
    """

    shapes: Shapes
    body_of: Int64

    @property
    def pieces(self) -> Int64:
        """(m,) how many pieces each body is made of."""
        return np.bincount(self.body_of, minlength=len(self.shapes))


def merge_fragments(
    polygons: Shapes, rules: FragmentRules | None = None, around: FragmentContext | None = None
) -> MergedFragments:
    """Join the pieces of each landslide body.

    polygons: (n,) valid polygons in a metric CRS, the grid's where there is one; those that overlap are joined
    Without `around` only gap and axes decide; without its probability or heights, those that there are.
    """
    rules = rules or FragmentRules()
    filled = fill_small_holes(polygons, rules.max_hole_m2)
    a, b = touching(filled, filled, rules.max_gap_m)
    place = _order_of_place(filled)
    first = place[a] < place[b]
    a, b = a[first], b[first]
    joined = belong_together(filled, a, b, rules, around)
    links = coo_array(
        (np.ones(int(joined.sum())), (a[joined], b[joined])), shape=(len(filled), len(filled))
    )
    body_of = _in_first_order(connected_components(links, directed=False)[1])
    strips = _necks(filled, a[joined], b[joined], rules.neck_m)
    group = np.concatenate([body_of, body_of[a[joined]]])
    return MergedFragments(
        union_by(group, np.concatenate([filled, strips]), int(body_of.max(initial=-1)) + 1), body_of
    )


def _order_of_place(shapes: Shapes) -> Int64:
    """(n,) the rank of each polygon by place and size: where two touch along a side, the gap between them depends on which is first."""
    keys = np.column_stack([shapely.bounds(shapes), shapely.area(shapes), shapely.length(shapes)])
    return np.argsort(np.lexsort(keys.T[::-1])).astype(np.int64)


def _in_first_order(label: Int64) -> Int64:
    """Labels numbered by where each appears first."""
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


def _necks(shapes: Shapes, a: Int64, b: Int64, neck_m: float) -> Shapes:
    """(k,) strips between joined pieces; without ground where no width is asked for."""
    if neck_m <= 0:
        return empties(len(a))
    return shapely.buffer(
        shapely.shortest_line(shapes[a], shapes[b]), neck_m / 2, cap_style="square"
    )
