"""The ground that is known from changes of an inventory; all other ground stays unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from slidelens.analysis.overlay import (
    intersection,
    polygonal,
    shapes_of,
    union_by,
    without,
)
from slidelens.analysis.review.changes import KEPT, Change
from slidelens.analysis.review.outlines import Outlines
from slidelens.types import Int64, Mask, Shapes

_INSIDE = 0.5  # minimum share of a landslide inside the reviewed area


@dataclass(frozen=True)
class Statements:
    """What is known of ground: a row for each polygon.

    Attributes:
        shapes: (n,) polygons.
        is_landslide: (n,) whether the ground is landslide, or none.
        change: (n,) position of the change that says so.
        row: (n,) row after the change that says so; −1 for ground that was taken away.
    """

    shapes: Shapes
    is_landslide: Mask
    change: Int64
    row: Int64


def statements_of(
    before: Outlines,
    after: Outlines,
    changes: Sequence[Change],
    confirmed: Mask,
    tolerance_m: float,
) -> Statements:
    """Return what changes say about ground.

    A landslide that was drawn, re-shaped or confirmed is landslide as a whole. Ground that was
    landslide before, or that is marked as none, and that no landslide covers any more, is none.

    Args:
        before: The rows as they were.
        after: The rows as they are.
        changes: What became of them.
        confirmed: (rows after,) landslides that are right as they are.
        tolerance_m: Parts narrower than this are rounding, m.
    """
    found: list[tuple[shapely.Geometry, bool, int, int]] = []
    lost: list[tuple[shapely.Geometry, int, int]] = []
    for number, change in enumerate(changes):
        rows = [i for i in change.after if after.is_landslide[i]]
        known = rows if change.kind != KEPT else [i for i in rows if confirmed[i]]
        found += [(after.shapes[i], True, number, i) for i in known]
        gone = [after.shapes[i] for i in change.after if not after.is_landslide[i]]
        if change.kind != KEPT:
            gone += [before.shapes[i] for i in change.before if before.is_landslide[i]]
        if gone:
            row = change.after[0] if len(change.after) == 1 and not rows else -1
            lost.append((shapely.union_all(gone), number, row))
    bare = uncovered(shapes_of([each[0] for each in lost]), after.landslides(), tolerance_m)
    found += [
        (shape, False, number, row)
        for shape, (_, number, row) in zip(bare, lost, strict=True)
        if not shape.is_empty
    ]
    found.sort(key=lambda each: each[2])
    return Statements(
        shapes_of([each[0] for each in found]),
        np.array([each[1] for each in found], dtype=bool),
        np.array([each[2] for each in found], dtype=np.int64),
        np.array([each[3] for each in found], dtype=np.int64),
    )


def uncovered(shapes: Shapes, landslides: Shapes, tolerance_m: float) -> Shapes:
    """Return (n,) what no landslide covers of each polygon, without what is narrower than rounding.

    Args:
        shapes: (n,) valid polygons.
        landslides: (m,) valid polygons.
        tolerance_m: Parts narrower than this are left out, m.
    """
    if not len(shapes):
        return shapes
    rest = without(shapes, landslides)
    parts, owner = shapely.get_parts(rest, return_index=True)
    wide = ~shapely.is_empty(shapely.buffer(parts, -tolerance_m / 2))
    return union_by(owner[wide].astype(np.int64), parts[wide], len(shapes))


def is_inside(shapes: Shapes, area: shapely.Geometry) -> Mask:
    """Return (n,) whether at least half of each polygon lies in an area."""
    shapely.prepare(area)
    inside: Mask = shapely.covers(area, shapes)
    across = np.flatnonzero(shapely.intersects(area, shapes) & ~inside)
    cut = intersection(shapes[across], np.full(len(across), area, dtype=object))
    inside[across] = shapely.area(cut) >= _INSIDE * shapely.area(shapes[across])
    return inside


def known_ground(
    shapes: Shapes, area: shapely.Geometry | None, unknown: Shapes
) -> shapely.Geometry:
    """Return all ground of which it is known whether it is landslide.

    Args:
        shapes: Polygons of which it is known.
        area: Ground on which every landslide is known; None if there is none.
        unknown: Landslides of which nobody has said that they are right.
    """
    pieces = list(shapes)
    if area is not None:
        pieces += list(without(shapes_of([area]), unknown))
    ground: shapely.Geometry = polygonal(shapes_of([shapely.union_all(pieces)]))[0]
    return ground
