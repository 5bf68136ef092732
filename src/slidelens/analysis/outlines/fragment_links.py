"""Decide which pairs of fragments belong to the same landslide."""

from __future__ import annotations

import numpy as np
import shapely

from slidelens.analysis.outlines.fragment_rules import FragmentContext, FragmentRules
from slidelens.analysis.outlines.sampling import sample, steepest_descent
from slidelens.geo.windowed import as_windowed
from slidelens.types import Float64, Int64, Mask, Shapes

_SAMPLES = 16  # points sampled across a gap
_MIN_ELONGATION = 1.25  # length over width below which a fragment has no axis
_MIN_SLOPE = 0.05  # tangent of the slope below which the fall line is undefined


def belong_together(
    shapes: Shapes, a: Int64, b: Int64, rules: FragmentRules, around: FragmentContext | None
) -> Mask:
    """Return whether the two fragments of each pair belong to one landslide.

    Fragments that overlap always do. Others do if the gap is narrow, lies along the fall line (or
    the fragments' axes), and has a high enough probability.

    Args:
        shapes: (n,) fragments in a metric CRS.
        a: (k,) positions of the first fragment of each pair.
        b: (k,) positions of the second.
        rules: Thresholds.
        around: Probability and heights between the fragments, if known.
    """
    gap = shapely.shortest_line(shapes[a], shapes[b])
    length = shapely.length(gap)
    ends = shapely.get_coordinates(gap).reshape(-1, 2, 2)
    angle, by_slope = _angle_to_fall_line(shapes, a, b, ends, around)
    near = (length <= rules.max_gap_m) & (rules.max_gap_m > 0) & (angle <= rules.max_angle_deg)
    return _overlap(shapes, a, b, length == 0) | (
        near & _is_supported(ends, by_slope, rules, around)
    )


def _overlap(shapes: Shapes, a: Int64, b: Int64, touching: Mask) -> Mask:
    common = np.zeros(len(a), dtype=bool)
    common[touching] = (
        shapely.area(shapely.intersection(shapes[a[touching]], shapes[b[touching]])) > 0
    )
    return common


def _is_supported(
    ends: Float64, by_slope: Mask, rules: FragmentRules, around: FragmentContext | None
) -> Mask:
    """Return whether the mean probability across each gap is that of disturbed ground.

    Odds are compared instead of probabilities, as they separate the low probabilities below a low
    threshold. Where the slope supports a link, a threshold above one half counts as one half: it
    was set high to be sure of what is mapped, and says little about what is not.

    Args:
        ends: (k, 2, 2) x, y of both ends of each gap.
        by_slope: (k,) whether the fall line, not the axes, gave the direction.
        rules: Thresholds.
        around: Probability between the fragments; without it every gap is supported.
    """
    if around is None or around.probability is None or around.threshold is None:
        return np.ones(len(ends), dtype=bool)
    along = np.linspace(0, 1, _SAMPLES)[None, :, None]
    points = ends[:, :1] * (1 - along) + ends[:, 1:] * along
    between = _odds(sample(as_windowed(around.probability), around.grid, points).mean(axis=1))
    mapped, even = _odds(np.array(around.threshold)), _odds(np.array(min(around.threshold, 0.5)))
    return between >= np.where(
        by_slope, rules.minimum_support * even, rules.minimum_support_by_axis * mapped
    )


def _odds(probability: Float64) -> Float64:
    bounded = np.clip(probability, 1e-3, 1 - 1e-3)
    return bounded / (1 - bounded)


def _angle_to_fall_line(
    shapes: Shapes, a: Int64, b: Int64, ends: Float64, around: FragmentContext | None
) -> tuple[Float64, Mask]:
    """Return (k,) degrees between the line of each pair and the expected direction of movement.

    The second value, (k,) bool, is true where the fall line gave that direction; elsewhere it is
    the nearer of the two fragments' axes.
    """
    centre = shapely.get_coordinates(shapely.centroid(shapes))
    line, axis = centre[b] - centre[a], _long_axis(shapes)
    by_axis = np.minimum(_angle_between(line, axis[a]), _angle_between(line, axis[b]))
    if around is None or around.elevation_m is None:
        return by_axis, np.zeros(len(a), dtype=bool)
    descent = steepest_descent(as_windowed(around.elevation_m), around.grid, ends.mean(axis=1))
    steep = np.hypot(*descent.T) > _MIN_SLOPE
    return np.where(steep, _angle_between(line, descent), by_axis), steep


def _angle_between(first: Float64, second: Float64) -> Float64:
    """Return (k,) angles between undirected lines, 0…90 degrees; 90 if either has no length."""
    length = np.hypot(*first.T) * np.hypot(*second.T)
    cosine = np.divide(
        np.abs((first * second).sum(axis=1)), length, out=np.zeros(len(first)), where=length > 0
    )
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, 0, 1))))


def _long_axis(shapes: Shapes) -> Float64:
    """Return (n, 2) the long side of each fragment's smallest rectangle; 0, 0 if nearly round."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(shapes)).reshape(-1, 5, 2)
    sides = corners[:, 1:3] - corners[:, :2]
    length = np.hypot(sides[..., 0], sides[..., 1])
    longest = sides[np.arange(len(shapes)), length.argmax(axis=1)]
    elongated = length.max(axis=1) > _MIN_ELONGATION * length.min(axis=1)
    return np.where(elongated[:, None], longest, 0.0)
