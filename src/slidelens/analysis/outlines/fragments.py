"""Pieces of one landslide made one again, and the small holes in it filled.

A network maps a landslide in pieces where trees, shadow or a road hide part of it, and a count of pieces is no count of landslides. Two
pieces are of one body where the gap between them is small, they lie one above the other (down the slope, or along their own axes where
there is no height model), and the probability in the gap, though under the threshold, is not that of undisturbed ground.

The pieces of a body become one multipart polygon: the same ground but for the holes, so that joining moves no pixel score, and one row of
the table, which is what a count, a size distribution or a selection in a GIS works on; `neck_m` joins them by a strip instead, for tools
that take single polygons only.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from slidelens.analysis.accuracy.fragmentation import count_fragments
from slidelens.analysis.overlay import empties, overlaps, touching, union_by
from slidelens.errors import GridError, ParamsError
from slidelens.geo.grid import Grid
from slidelens.types import Float64, Int64, Mask, Shapes

Image = NDArray[np.floating]

_SAMPLES = 16  # points looked at across a gap
_ROUND = 1.25  # a piece that is not this much longer than wide has no axis
_FLAT = 0.05  # tangent of the slope under which there is no telling where down is
_SMOOTHING_M = 15.0  # the height model is smoothed over this, as slopes of single pixels are rough


@dataclass(frozen=True)
class FragmentRules:
    """What counts as one landslide body.

    max_gap_m: pieces further apart are two landslides, metres; 0 joins none
    max_angle_deg: how far the line between two pieces may be from straight down the slope, or from their axis, degrees
    minimum_support: least odds of the mean probability across the gap, as a share of the odds of the map's threshold, ≥ 0
    minimum_support_by_axis: the same where only the axes tell the direction, which is much weaker evidence than the slope
    max_hole_m2: holes up to this are filled, m²; 0 fills none
    neck_m: width of the strip that joins pieces, metres; 0 leaves them apart, as parts of one multipart polygon
    """

    max_gap_m: float = 25.0
    max_angle_deg: float = 45.0
    minimum_support: float = 0.15
    minimum_support_by_axis: float = 0.75
    max_hole_m2: float = 100.0
    neck_m: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 <= value < float("inf"):
                raise ParamsError(f"{field.name} is {value:g}; give 0 or more")
        if self.max_angle_deg > 90:
            raise ParamsError(f"max_angle_deg is {self.max_angle_deg:g}; give 0 to 90 degrees")


@dataclass(frozen=True)
class FragmentContext:
    """What is known of the ground between the pieces, all on one grid in metres.

    probability: (height, width), 0…1; threshold: the probability from which a pixel was mapped as landslide
    elevation_m: (height, width), or None where there is no height model
    Raises GridError where an array does not have the grid's shape, ParamsError where a probability comes without its threshold.
    """

    grid: Grid
    probability: Image | None = None
    threshold: float | None = None
    elevation_m: Image | None = None

    def __post_init__(self) -> None:
        self.grid.require_metric()
        for name in ("probability", "elevation_m"):
            values = getattr(self, name)
            if values is not None and values.shape != self.grid.shape:
                size = f"{values.shape[0]} rows × {values.shape[1]} columns"
                raise GridError(
                    f"{name} has {size}, its grid {self.grid.describe()}; bring it onto the grid"
                )
        if self.probability is not None and self.threshold is None:
            raise ParamsError(
                "a probability map needs the threshold that the pieces were mapped with; give both"
            )


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
    filled = without_small_holes(polygons, rules.max_hole_m2)
    a, b = touching(filled, filled, rules.max_gap_m)
    place = _order_of_place(filled)
    first = place[a] < place[b]
    a, b = a[first], b[first]
    joined = _joined(filled, a, b, rules, around)
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


def _joined(
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
    """Values of an image at x, y, between pixel centres. points: (…, 2)"""
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


def _necks(shapes: Shapes, a: Int64, b: Int64, neck_m: float) -> Shapes:
    """(k,) strips between joined pieces; without ground where no width is asked for."""
    if neck_m <= 0:
        return empties(len(a))
    return shapely.buffer(
        shapely.shortest_line(shapes[a], shapes[b]), neck_m / 2, cap_style="square"
    )


def without_small_holes(polygons: Shapes, max_hole_m2: float) -> Shapes:
    """(n,) the polygons with holes up to `max_hole_m2` filled."""
    filled = polygons.copy()
    if max_hole_m2 > 0:
        for position in np.flatnonzero(shapely.get_num_coordinates(polygons) > 5):
            parts = [_filled(part, max_hole_m2) for part in shapely.get_parts(polygons[position])]
            filled[position] = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    return filled


def _filled(polygon: shapely.Polygon, max_hole_m2: float) -> shapely.Polygon:
    if not len(polygon.interiors):
        return polygon
    return shapely.Polygon(
        polygon.exterior,
        [hole for hole in polygon.interiors if shapely.Polygon(hole).area > max_hole_m2],
    )


def fragment_counts(
    raw: Shapes, merged: Shapes, manual: Shapes | None
) -> dict[str, float | int | None]:
    """Counts before and after, and pieces each way, where a piece shares a tenth or more of the smaller polygon.

    raw, merged, manual: counts of polygons; raw_pieces_per_landslide, merged_pieces_per_landslide: mapped pieces of each manual landslide
    that is mapped at all; raw_landslides_per_piece, merged_landslides_per_piece: manual landslides under each piece that lies on any.
    Where nothing is mapped by hand (manual None), only raw and merged have a value.
    """
    counts: dict[str, float | int | None] = {
        "raw": len(raw),
        "merged": len(merged),
        "manual": None if manual is None else len(manual),
    }
    for name, shapes in (("raw", raw), ("merged", merged)):
        told = (
            {}
            if manual is None
            else count_fragments(manual, shapes, overlaps(manual, shapes)).summary()
        )
        counts[f"{name}_pieces_per_landslide"] = told.get("pieces_per_observed")
        counts[f"{name}_landslides_per_piece"] = told.get("observed_per_piece")
    return counts
