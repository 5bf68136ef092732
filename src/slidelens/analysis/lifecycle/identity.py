"""Match the bodies of a date to known landslides by common ground."""

from __future__ import annotations

import numpy as np
import shapely

from slidelens.analysis.overlay import Overlaps, shared, touching
from slidelens.types import Float64, Int64, Shapes

NOBODY = -1


def owners(
    bodies: Shapes, footprints: Shapes, pairs: Overlaps, minimum_overlap: float, tolerance_m: float
) -> Int64:
    """Return the landslide that each body belongs to.

    A body belongs to a landslide if their common ground is at least `minimum_overlap` of the
    smaller of the two, or if at most `minimum_overlap` of the body lies on no landslide; if there
    are several, to the one with most common ground. Bodies and landslides without a match are
    matched once more with each body buffered by `tolerance_m`. A shift between two images then
    does not turn a small landslide into a new one, and does not merge neighbours of which one has
    a match of its own.

    Args:
        bodies: (m,) disjoint polygons in a metric CRS.
        footprints: (n,) disjoint polygons in the same CRS.
        pairs: Overlaps of bodies and footprints.
        minimum_overlap: Share of the smaller polygon, 0…1.
        tolerance_m: Registration error, metres, ≥ 0.

    Returns:
        (m,) positions in `footprints`; `NOBODY` for a new landslide.
    """
    body_m2, footprint_m2 = shapely.area(bodies), shapely.area(footprints)
    covered = _share(pairs.by_left(len(bodies)), body_m2) >= 1 - minimum_overlap
    same = share_of_smaller(pairs, body_m2, footprint_m2) >= minimum_overlap
    owner = _largest_overlap(pairs.where(same | covered[pairs.left]), len(bodies))
    if tolerance_m <= 0:
        return owner
    return _match_nearby(owner, bodies, footprints, minimum_overlap, tolerance_m)


def _largest_overlap(pairs: Overlaps, size: int) -> Int64:
    """Return (size,) the right polygon with most common ground, the first of equals.

    Areas are equal if they agree to a thousandth of a m².
    """
    best = np.full(size, NOBODY, dtype=np.int64)
    order = np.lexsort((-pairs.right, np.round(pairs.area_m2, 3)))
    best[pairs.left[order]] = pairs.right[order]
    return best


def _match_nearby(
    owner: Int64, bodies: Shapes, footprints: Shapes, minimum_overlap: float, tolerance_m: float
) -> Int64:
    """Match the bodies without an owner to landslides without a body, within the tolerance."""
    unmatched = np.flatnonzero(owner == NOBODY)
    available = np.setdiff1d(np.arange(len(footprints)), owner)
    a, b = touching(bodies[unmatched], footprints[available], tolerance_m)
    buffered, row = np.unique(a, return_inverse=True)
    near = shared(
        shapely.buffer(bodies[unmatched[buffered]], tolerance_m, quad_segs=4),
        footprints[available],
        row,
        b,
    )
    pairs = Overlaps(unmatched[buffered[near.left]], available[near.right], near.area_m2)
    same = (
        share_of_smaller(pairs, shapely.area(bodies), shapely.area(footprints)) >= minimum_overlap
    )
    return np.where(owner == NOBODY, _largest_overlap(pairs.where(same), len(bodies)), owner)


def share_of_smaller(pairs: Overlaps, left_m2: Float64, right_m2: Float64) -> Float64:
    """Return (k,) the common area of each pair as a share of the smaller polygon.

    Args:
        pairs: Overlaps of two sets.
        left_m2: (n,) areas of the first set, m².
        right_m2: (m,) areas of the second set, m².
    """
    return _share(pairs.area_m2, np.minimum(left_m2[pairs.left], right_m2[pairs.right]))


def _share(part_m2: Float64, whole_m2: Float64) -> Float64:
    """Divide and round, so that the last digits, which depend on the location, do not decide."""
    return np.round(part_m2 / whole_m2, 9)


def in_reading_order(bodies: Shapes) -> Int64:
    """Return the positions of the bodies from north to south, then from west to east.

    New landslides are numbered so, for any order in the file.
    """
    left, bottom, right, top = np.round(shapely.bounds(bodies), 3).reshape(-1, 4).T
    return np.lexsort((shapely.area(bodies), right, bottom, left, -top))
