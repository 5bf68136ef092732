"""Place failures at random, and count how many places touch earlier failures.

A failure may have a hundred thousand vertices, and to compare two such outlines as a whole at every
place takes minutes. Most places of a large failure are decided by a few vertices, one of which lies
in the other polygon, or by convex hulls that are apart. At the others the outlines are compared in
short runs, with an index of their boxes: two polygons touch if two runs are near, or if one polygon
lies in the other, and then all its vertices do. The counts are those of whole comparisons.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from slidelens.analysis.overlay import empties, shapes_of, touching
from slidelens.types import Float64, Int64, Mask, Shapes

_PLACEMENTS = 5_000  # random placements of failures at each date
_POINTS = 2**20  # vertices of the placements that are in memory at once
_LARGE = 1_000  # vertices of a failure whose places are decided by a few of them first
_FEW = 64
_MOST_PAIRS = 1_000  # of failures that are decided so; among many, an index of them is faster


@dataclass(frozen=True)
class Placements:
    """Failures placed at random.

    Attributes:
        patches: (n,) the failures where they are.
        patch: (k,) the failure of each place.
        shift: (k, 2) how far it is moved, metres.
    """

    patches: Shapes
    patch: Int64
    shift: Float64

    def share_touching(self, earlier: Shapes, touch_m: float) -> float | None:
        """Return the share of places that touch earlier failures; None without a place.

        Args:
            earlier: (m,) failures, polygons of one part each.
            touch_m: Largest distance of failures that touch, metres.
        """
        if not len(self.patch):
            return None
        if not len(earlier):
            return 0.0
        vertices = shapely.get_num_coordinates(self.patches)
        large = np.maximum(vertices, shapely.get_num_coordinates(earlier).max()) > _LARGE
        if large.sum() * len(earlier) > _MOST_PAIRS:
            large[:] = False
        number = 0
        runs = np.concatenate([_runs(other) for other in earlier]) if large.any() else empties(0)
        for position in np.flatnonzero(large):
            shift = self.shift[self.patch == position]
            number += _count_touching(self.patches[position], shift, earlier, runs, touch_m)
        small = ~large[self.patch]
        for batch, _ in _moved(self.patches[self.patch[small]], self.shift[small]):
            number += len(np.unique(touching(batch, earlier, touch_m)[0]))
        return number / len(self.patch)


def place_at_random(
    patches: Shapes, area: shapely.Geometry, touch_m: float, rng: np.random.Generator
) -> Placements:
    """Place the patches, simplified by `touch_m`, with random centroids in the area.

    Args:
        patches: (n,) failures.
        area: Where their centroids may be.
        touch_m: Tolerance of the simplification, metres.
        rng: Draws the places.
    """
    if not len(patches):
        return Placements(patches, np.zeros(0, dtype=np.int64), np.zeros((0, 2)))
    simple: Shapes = shapely.simplify(patches, touch_m)
    patch = np.repeat(np.arange(len(patches)), max(1, _PLACEMENTS // len(patches)))
    centre = shapely.get_coordinates(shapely.centroid(simple))
    return Placements(simple, patch, _random_points(area, len(patch), rng) - centre[patch])


def _random_points(area: shapely.Geometry, count: int, rng: np.random.Generator) -> Float64:
    """Return (count, 2) points, uniformly distributed in an area."""
    left, bottom, right, top = shapely.bounds(area)
    shapely.prepare(area)
    accepted = np.zeros((0, 2))
    while len(accepted) < count:
        points = rng.uniform((left, bottom), (right, top), (2 * count, 2))
        accepted = np.concatenate([accepted, points[shapely.contains_xy(area, points)]])
    return accepted[:count]


def _moved(shapes: Shapes, shift: Float64) -> Iterator[tuple[Shapes, Int64]]:
    """Yield shapes moved by (k, 2) shifts, and their positions, in batches of limited memory."""
    at_once = max(1, _POINTS // int(shapely.get_num_coordinates(shapes).max(initial=1)))
    for first in range(0, len(shapes), at_once):
        batch = shapes[first : first + at_once]
        points, member = shapely.get_coordinates(batch, return_index=True)
        moved = shapely.set_coordinates(batch.copy(), points + shift[first + member])
        yield moved, np.arange(first, first + len(batch))


def _count_touching(
    patch: shapely.Geometry, shift: Float64, earlier: Shapes, runs: Shapes, touch_m: float
) -> int:
    """Return at how many of (k, 2) shifts a large patch touches others, given also as runs."""
    near = _near(
        np.full(1, shapely.convex_hull(patch)), shift, shapely.convex_hull(earlier), touch_m
    )
    touch = near & _share_vertices(patch, shift, earlier)
    undecided = np.flatnonzero(near & ~touch)
    touch[undecided] = _near(_runs(patch), shift[undecided], runs, touch_m)
    return int(touch.sum())


def _near(shapes: Shapes, shift: Float64, others: Shapes, touch_m: float) -> Mask:
    """Return (k,) whether any of (n,) shapes, moved by each of (k, 2) shifts, is near others."""
    near = np.zeros(len(shift), dtype=bool)
    place = np.repeat(np.arange(len(shift)), len(shapes))
    for moved, positions in _moved(np.tile(shapes, len(shift)), shift[place]):
        near[place[positions[touching(moved, others, touch_m)[0]]]] = True
    return near


def _share_vertices(patch: shapely.Geometry, shift: Float64, earlier: Shapes) -> Mask:
    """Return (k,) whether one of a few vertices of the moved patch or of others is in the other."""
    shared = np.zeros(len(shift), dtype=bool)
    shapely.prepare(patch)
    for other in earlier:
        shapely.prepare(other)
        for within, points, sign in ((other, _few(patch), 1), (patch, _few(other), -1)):
            left = np.flatnonzero(~shared)
            x, y = np.moveaxis(points[None] + sign * shift[left, None], -1, 0)
            shared[left] = shapely.contains_xy(within, x, y).any(axis=1)
    return shared


def _few(shape: shapely.Geometry) -> Float64:
    points: Float64 = shapely.get_coordinates(shape)
    return points[:: max(1, len(points) // _FEW)]


def _runs(polygon: shapely.Geometry) -> Shapes:
    """Return the outlines of a polygon as lines of a few vertices each."""
    return shapes_of(
        [
            shapely.LineString(points[first : first + _FEW + 1])
            for points in map(shapely.get_coordinates, shapely.get_rings(polygon))
            for first in range(0, len(points) - 1, _FEW)
        ]
    )
