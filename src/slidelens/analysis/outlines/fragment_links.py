"""Decide which pairs of fragments belong to the same landslide."""

from __future__ import annotations

import numpy as np
import shapely
from scipy import ndimage

from slidelens.analysis.outlines.fragment_rules import FragmentContext, FragmentRules, Image
from slidelens.geo.grid import Grid
from slidelens.types import Float64, Int64, Mask, Shapes

_SAMPLES = 16  # points looked at across a gap
_ROUND = 1.25  # a piece that is not this much longer than wide has no axis
_FLAT = 0.05  # tangent of the slope under which there is no telling where down is
_SMOOTHING_M = 15.0  # the height model is smoothed over this, as slopes of single pixels are rough


def belong_together(
    shapes: Shapes, a: Int64, b: Int64, rules: FragmentRules, around: FragmentContext | None
) -> Mask:
    """(k,) whether the pieces of each pair are of one body."""
    gap = shapely.shortest_line(shapes[a], shapes[b])
    length = shapely.length(gap)
    ends = shapely.get_coordinates(gap).reshape(-1, 2, 2)
    angle, by_slope = _angle(shapes, a, b, ends, around)
    near = (length <= rules.max_gap_m) & (rules.max_gap_m > 0) & (angle <= rules.max_angle_deg)
    return _overlapping(shapes, a, b, length == 0) | (
        near & _supported(ends, by_slope, rules, around)
    )


def _overlapping(shapes: Shapes, a: Int64, b: Int64, touching: Mask) -> Mask:
    common = np.zeros(len(a), dtype=bool)
    common[touching] = (
        shapely.area(shapely.intersection(shapes[a[touching]], shapes[b[touching]])) > 0
    )
    return common


def _supported(
    ends: Float64, by_slope: Mask, rules: FragmentRules, around: FragmentContext | None
) -> Mask:
    """(k,) whether the mean probability across each gap is that of disturbed ground. ends: (k, 2, 2) x, y of both ends.

    Odds are compared, as they tell low probabilities under a low threshold apart. Where the slope tells that the pieces belong together,
    a threshold above one half counts as one half: it was set high to be sure of what is mapped, and says little of what is not.
    """
    if around is None or around.probability is None or around.threshold is None:
        return np.ones(len(ends), dtype=bool)
    along = np.linspace(0, 1, _SAMPLES)[None, :, None]
    points = ends[:, :1] * (1 - along) + ends[:, 1:] * along
    between = _odds(_sampled(around.probability, around.grid, points).mean(axis=1))
    mapped, even = _odds(np.array(around.threshold)), _odds(np.array(min(around.threshold, 0.5)))
    return between >= np.where(
        by_slope, rules.minimum_support * even, rules.minimum_support_by_axis * mapped
    )


def _odds(probability: Float64) -> Float64:
    bounded = np.clip(probability, 1e-3, 1 - 1e-3)
    return bounded / (1 - bounded)


def _sampled(image: Image, grid: Grid, points: Float64) -> Float64:
    """Values of an image at x, y, between pixel centres. points: (…, 2)."""
    to_pixels = ~grid.transform
    column = to_pixels.a * points[..., 0] + to_pixels.c - 0.5
    row = to_pixels.e * points[..., 1] + to_pixels.f - 0.5
    return np.asarray(
        ndimage.map_coordinates(image, [row, column], order=1, mode="nearest", output=np.float64)
    )


def _angle(
    shapes: Shapes, a: Int64, b: Int64, ends: Float64, around: FragmentContext | None
) -> tuple[Float64, Mask]:
    """(k,) degrees between the line from piece to piece and the way a landslide would go there, and whether the slope told it."""
    centre = shapely.get_coordinates(shapely.centroid(shapes))
    line, axis = centre[b] - centre[a], _axis(shapes)
    by_axis = np.minimum(_between(line, axis[a]), _between(line, axis[b]))
    if around is None or around.elevation_m is None:
        return by_axis, np.zeros(len(a), dtype=bool)
    downhill = _downhill(around.elevation_m, around.grid, ends.mean(axis=1))
    steep = np.hypot(*downhill.T) > _FLAT
    return np.where(steep, _between(line, downhill), by_axis), steep


def _between(one: Float64, other: Float64) -> Float64:
    """(k,) angle between two lines, 0…90 degrees; 90 where either has no direction."""
    length = np.hypot(*one.T) * np.hypot(*other.T)
    cosine = np.divide(
        np.abs((one * other).sum(axis=1)), length, out=np.zeros(len(one)), where=length > 0
    )
    return np.degrees(np.arccos(np.clip(cosine, 0, 1)))


def _axis(shapes: Shapes) -> Float64:
    """(n, 2) the long side of the smallest rectangle around each piece; 0, 0 where it is nearly round."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(shapes)).reshape(-1, 5, 2)
    sides = corners[:, 1:3] - corners[:, :2]
    length = np.hypot(sides[..., 0], sides[..., 1])
    longest = sides[np.arange(len(shapes)), length.argmax(axis=1)]
    return np.where((length.max(axis=1) > _ROUND * length.min(axis=1))[:, None], longest, 0.0)


def _downhill(elevation_m: Image, grid: Grid, points: Float64) -> Float64:
    """(k, 2) steepest descent at x, y: metres down a metre, to the east and to the north."""
    smooth = ndimage.gaussian_filter(
        np.asarray(elevation_m, dtype=np.float64), _SMOOTHING_M / grid.pixel_m
    )
    south, east = np.gradient(smooth, grid.pixel_m)
    return np.stack([-_sampled(east, grid, points), _sampled(south, grid, points)], axis=1)
