"""Which landslide a body is: the one whose ground it lies on."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from slidelens.analysis.overlay import Overlaps, shared, touching
from slidelens.types import Float64, Int64, Shapes

NOBODY = -1


def owners(
    bodies: Shapes, footprints: Shapes, pairs: Overlaps, minimum_overlap: float, tolerance_m: float
) -> Int64:
    """The landslide that each body belongs to.

    A body and a landslide are the same where their common ground is at least `minimum_overlap` of the smaller of the two, or where the
    body has no more than `minimum_overlap` of its ground to itself; of several landslides, the one with the most common ground. Bodies
    and landslides that are left over are matched once more, each body widened by `tolerance_m`: a shift between two images then does not
    make a small landslide a new one, and does not join neighbours of which one has a match of its own.

    bodies, footprints: (m,), (n,) polygons, each set without overlaps among its own; pairs: their common ground
    Returns (m,) positions in `footprints`, `NOBODY` for a new landslide.
    """
    body_m2, footprint_m2 = shapely.area(bodies), shapely.area(footprints)
    covered = _share(pairs.by_left(len(bodies)), body_m2) >= 1 - minimum_overlap
    same = share_of_smaller(pairs, body_m2, footprint_m2) >= minimum_overlap
    found = _largest(pairs.where(same | covered[pairs.left]), len(bodies))
    return (
        _matched_nearby(found, bodies, footprints, minimum_overlap, tolerance_m)
        if tolerance_m > 0
        else found
    )


def _largest(pairs: Overlaps, size: int) -> Int64:
    """(size,) the right-hand polygon with the most common ground, the earlier of those that are equal to a thousandth of a m²."""
    best = np.full(size, NOBODY, dtype=np.int64)
    order = np.lexsort((-pairs.right, np.round(pairs.area_m2, 3)))
    best[pairs.left[order]] = pairs.right[order]
    return best


def _matched_nearby(
    found: Int64, bodies: Shapes, footprints: Shapes, minimum_overlap: float, tolerance_m: float
) -> Int64:
    free = np.flatnonzero(found == NOBODY)
    idle = _others(found, len(footprints))
    a, b = touching(bodies[free], footprints[idle], tolerance_m)
    widened, row = np.unique(a, return_inverse=True)
    near = shared(
        shapely.buffer(bodies[free[widened]], tolerance_m, quad_segs=4), footprints[idle], row, b
    )
    pairs = Overlaps(free[widened[near.left]], idle[near.right], near.area_m2)
    same = (
        share_of_smaller(pairs, shapely.area(bodies), shapely.area(footprints)) >= minimum_overlap
    )
    late = _largest(pairs.where(same), len(bodies))
    return np.where(found == NOBODY, late, found)


def _others(found: Int64, size: int) -> Int64:
    taken: NDArray[np.bool_] = np.zeros(size, dtype=bool)
    taken[found[found != NOBODY]] = True
    return np.flatnonzero(~taken)


def share_of_smaller(pairs: Overlaps, left_m2: Float64, right_m2: Float64) -> Float64:
    """(k,) common ground over the area of the smaller polygon of each pair."""
    return _share(pairs.area_m2, np.minimum(left_m2[pairs.left], right_m2[pairs.right]))


def _share(part_m2: Float64, whole_m2: Float64) -> Float64:
    """Rounded, so that where in the world a landslide lies does not decide what it is: areas differ there in their last digits."""
    return np.round(part_m2 / whole_m2, 9)


def in_reading_order(bodies: Shapes) -> Int64:
    """Positions from north to south, then west to east: new landslides are numbered so, whatever their order in the file."""
    left, bottom, right, top = np.round(shapely.bounds(bodies), 3).reshape(-1, 4).T
    return np.lexsort((shapely.area(bodies), right, bottom, left, -top))
