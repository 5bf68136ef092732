"""Tell outlines that are the same from those that were changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from slidelens.analysis.overlay import shapes_of
from slidelens.types import Int64, Mask, Shapes


@dataclass(frozen=True)
class Outlines:
    """The rows of an inventory.

    Attributes:
        shapes: (n,) valid polygons in a metric CRS.
        is_landslide: (n,) whether a row is a landslide, or ground without any.
        ids: (n,) number of each row in the inventory that was mapped, as text; empty without one.
    """

    shapes: Shapes
    is_landslide: Mask
    ids: Sequence[str]

    def __len__(self) -> int:
        return len(self.shapes)

    def landslides(self) -> Shapes:
        """Return the shapes that are landslides."""
        return self.shapes[self.is_landslide]

    def unique_ids(self) -> dict[str, int]:
        """Return the row of each id that one row alone has."""
        count = Counter(self.ids)
        return {text: row for row, text in enumerate(self.ids) if text and count[text] == 1}


def pair_same(left: Shapes, right: Shapes, tolerance_m: float) -> tuple[Int64, Int64]:
    """Return the positions of all pairs of the same outline, however its vertices are written.

    Args:
        left: (n,) valid polygons in a metric CRS.
        right: (m,) valid polygons in the same CRS.
        tolerance_m: How far the outline of each may lie from that of the other, m.
    """
    if not len(left) or not len(right):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    first, second = shapely.STRtree(right).query(left, "intersects")
    bounds = np.abs(shapely.bounds(left[first]) - shapely.bounds(right[second])).max(axis=1)
    near = bounds <= tolerance_m
    first, second = first[near], second[near]
    same = [_is_same(left[i], right[j], tolerance_m) for i, j in zip(first, second, strict=True)]
    chosen = np.array(same, dtype=bool)
    return first[chosen].astype(np.int64), second[chosen].astype(np.int64)


def _is_same(one: shapely.Geometry, other: shapely.Geometry, tolerance_m: float) -> bool:
    if shapely.equals_exact(one, other):
        return True
    lines = shapely.boundary(shapes_of([one, other]))
    shapely.prepare(lines)
    points = [shapely.points(shapely.get_coordinates(line)) for line in lines]
    return bool(
        shapely.dwithin(lines[0], points[1], tolerance_m).all()
        and shapely.dwithin(lines[1], points[0], tolerance_m).all()
    )


def repeated(outlines: Outlines, tolerance_m: float) -> Mask:
    """Return (n,) whether a row is the same as an earlier one, of the same class.

    Args:
        outlines: The rows.
        tolerance_m: As in `pair_same`.
    """
    first, second = pair_same(outlines.shapes, outlines.shapes, tolerance_m)
    later = (first < second) & (outlines.is_landslide[first] == outlines.is_landslide[second])
    found = np.zeros(len(outlines), dtype=bool)
    found[second[later]] = True
    return found
