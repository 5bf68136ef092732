"""Overlays of two sets of polygons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from slidelens.analysis.overlay import (
    EMPTY,
    difference,
    empties,
    intersection,
    overlaps,
    polygonal,
    shapes_of,
    tiled,
    touching,
    union,
    union_by,
    without,
)

LEFT = shapes_of([shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)])
RIGHT = shapes_of(
    [shapely.box(5, 0, 25, 10), shapely.box(10, 0, 12, 10), shapely.box(90, 0, 99, 9)]
)


def test_pairs_with_common_area() -> None:
    found = overlaps(LEFT, RIGHT)
    # the second of the right set only touches the first of the left one
    assert sorted(
        zip(found.left.tolist(), found.right.tolist(), found.area_m2.tolist(), strict=True)
    ) == [(0, 0, 50.0), (1, 0, 50.0)]
    assert found.by_left(2).tolist() == [50, 50]


def test_touching_within_a_distance() -> None:
    assert touching(LEFT, RIGHT)[0].size == 3
    assert touching(LEFT[:1], RIGHT[2:], 80.0)[0].size == 1
    assert touching(LEFT[:1], RIGHT[2:], 79.9)[0].size == 0


def test_without() -> None:
    assert shapely.area(without(LEFT, RIGHT)).tolist() == [50, 50]
    assert shapely.area(without(LEFT, shapes_of([]))).tolist() == [100, 100]


def test_union_by_group() -> None:
    united = union_by(np.array([2, 0, 2]), shapes_of([LEFT[0], LEFT[1], RIGHT[1]]), 4)
    assert shapely.area(united).tolist() == [100, 0, 120, 0]
    # 9 × 9 m alone in the last group; three of the first, of which two touch
    shapes = shapes_of([LEFT[0], RIGHT[2], RIGHT[1], LEFT[1]])
    united = union_by(np.array([0, 1, 0, 0]), shapes, 2)
    assert united[0].equals(shapely.union_all([LEFT[0], RIGHT[1], LEFT[1]]))
    assert united[1] == RIGHT[2]


def test_what_is_left_is_snapped() -> None:
    left, right = shapely.box(0, 0, 10, 10), shapely.box(1 / 3, -1, 2 / 3, 11)
    (rest,) = without(shapes_of([left]), shapes_of([right]))
    hundredths_mm = shapely.get_coordinates(rest) / 1e-5
    assert hundredths_mm == pytest.approx(np.rint(hundredths_mm), abs=1e-6)
    assert rest.area == pytest.approx(100 - 10 / 3, abs=1e-3)
    assert union(shapes_of([left]), shapes_of([right]))[0].area == pytest.approx(100 + 2 / 3)


def test_results_are_polygons_only() -> None:
    # two boxes that share a corner region and an edge: the intersection is a polygon and a line
    corner = shapely.Polygon([(0, 0), (10, 0), (10, 10), (5, 10), (5, 5), (0, 5)])
    strip = shapely.box(0, 5, 10, 10)
    assert shapely.intersection(corner, strip).geom_type == "GeometryCollection"
    assert intersection(shapes_of([corner]), shapes_of([strip]))[0].equals(
        shapely.box(5, 5, 10, 10)
    )
    thin = shapes_of([shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)])])
    assert all(shape.equals(EMPTY) for shape in polygonal(thin))
    assert shapely.get_dimensions(thin).tolist() == [0, 1]  # the argument stays


def test_empty_sets() -> None:
    nothing = shapes_of([])
    assert len(overlaps(nothing, LEFT).left) == len(overlaps(LEFT, nothing).left) == 0
    assert len(difference(nothing, nothing)) == len(empties(0)) == 0
    assert len(tiled(nothing)) == 0


def test_tiles_have_few_corners_and_the_same_ground() -> None:
    comb = shapely.union_all(
        [shapely.box(10 * i, 0, 10 * i + 5, 300) for i in range(300)] + [shapely.box(0, 0, 3000, 1)]
    )
    assert shapely.get_num_coordinates(comb) > 1000
    tiles = tiled(shapes_of([comb]))
    assert shapely.get_num_coordinates(tiles).max() <= 256
    assert shapely.area(tiles).sum() == pytest.approx(comb.area)


@pytest.mark.parametrize("most_points", [6, 25])
def test_tiles_are_polygons_whatever_the_outline_does_at_their_edges(most_points: int) -> None:
    # holes and corners on the lines at which the outline is divided; a part of its own; nothing
    x, y = np.array([[7, 7], [8, 2], [2, 8], [4, 4], [11, 12]]).T
    holes = shapely.union_all(shapely.box(x, y, x + 1, y + 1))
    perforated = shapely.difference(shapely.box(0, 0, 16, 16), holes)
    outline = shapely.union_all([perforated, shapely.box(8, 16, 9, 20), shapely.box(30, 0, 31, 1)])
    tiles = tiled(shapes_of([outline, shapely.Polygon()]), most_points)
    assert {shape.geom_type for shape in tiles} == {"Polygon"}
    assert shapely.get_num_coordinates(tiles).max() <= most_points
    assert shapely.area(tiles).min() > 0
    assert shapely.area(tiles).sum() == pytest.approx(outline.area)
    assert shapely.area(shapely.symmetric_difference(shapely.union_all(tiles), outline)) == 0


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.integers(0, 30)] * 2, *[st.integers(1, 9)] * 2), min_size=1, max_size=15
    )
)
def test_same_as_all_against_all(rows: list[tuple[int, int, int, int]]) -> None:
    boxes = shapes_of([shapely.box(x, y, x + w, y + h) for x, y, w, h in rows])
    table = shapely.area(shapely.intersection(boxes[:, None], boxes[None, :]))
    found = overlaps(boxes, boxes)
    assert len(found.left) == (table > 0).sum()
    assert found.by_left(len(boxes)) == pytest.approx(table.sum(axis=1))


@pytest.mark.parametrize(
    "ring",
    [
        [(0, 0), (10, 10), (10, 0), (0, 10)],
        [(0, 0), (10, 10), (10, 0), (0, 10), (-5, 10), (0, 10)],  # and goes out and back on a line
    ],
)
def test_an_outline_that_crosses_itself_is_overlaid(ring: list[tuple[int, int]]) -> None:
    # two triangles of 25 m², of which 16 m² lie below a height of 4 m
    bow, box = shapes_of([shapely.Polygon(ring)]), shapes_of([shapely.box(0, 0, 10, 4)])
    assert shapely.area(intersection(bow, box)) == pytest.approx(16)
    assert shapely.area(difference(bow, box)) == pytest.approx(50 - 16)
    assert shapely.area(difference(box, bow)) == pytest.approx(40 - 16)


def test_what_is_left_is_the_same_on_the_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    exact: Callable[..., Any] = shapely.difference

    def refuse_without_grid(*shapes: Any, grid_size: float | None = None) -> Any:
        if grid_size is None:
            raise shapely.errors.GEOSException("side location conflict")
        return exact(*shapes, grid_size=grid_size)

    monkeypatch.setattr(shapely, "difference", refuse_without_grid)
    assert shapely.area(difference(LEFT[:1], RIGHT[1:2])).tolist() == [100]
    assert shapely.area(difference(LEFT[:1], RIGHT[:1])).tolist() == [50]


def comb(teeth: int) -> shapely.Polygon:
    """Return a polygon with many vertices, as the outline of a noisy mask has."""
    x = np.arange(2 * teeth)
    upper = np.column_stack([np.repeat(x, 2)[1:-1], np.tile([60.0, 60, 90, 90], teeth)[1:-1]])
    return shapely.Polygon([(0, 0), *upper, (2 * teeth - 1, 0)])


@pytest.mark.parametrize("distance_m", [0.0, 3.0])
def test_large_outlines_are_asked_for_their_neighbours_not_these_for_them(
    monkeypatch: pytest.MonkeyPatch, distance_m: float
) -> None:
    class Tree(shapely.STRtree):
        def query(self, shapes: Any, *options: Any) -> Any:
            """Fail if each of many shapes reads all vertices of a large one."""
            sizes = shapely.get_num_coordinates(shapes)
            assert (sizes > 5000).all() or shapely.get_num_coordinates(self.geometries).max() < 5000
            return super().query(shapes, *options)

    monkeypatch.setattr(shapely, "STRtree", Tree)
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 5950, 200), rng.uniform(-20, 100, 200)
    small = shapely.box(x, y, x + 4, y + 4)
    large = shapes_of([comb(3000), shapely.affinity.translate(comb(3000), 0, 50)])
    right = np.concatenate([small[:50], large[:1], [shapely.Polygon()], small[50:], large[1:]])
    left = np.concatenate([small[::-1], large])
    a, b = touching(left, right, distance_m)
    expected = shapely.distance(left[:, None], right[None]) <= distance_m
    assert sorted(map(list, zip(a.tolist(), b.tolist(), strict=True))) == (
        np.argwhere(expected).tolist()
    )
    assert (np.diff(a) >= 0).all()


@pytest.mark.parametrize("swapped", [False, True])
def test_a_large_outline_is_split_where_many_are_overlaid_with_it(
    monkeypatch: pytest.MonkeyPatch, swapped: bool
) -> None:
    large, rng = comb(3000), np.random.default_rng(1)
    corners = np.column_stack([rng.uniform(0, 5950, 1600), rng.uniform(-20, 100, 1600)])
    ends = corners + rng.uniform(0.5, 30, corners.shape)
    small = shapes_of([shapely.box(*one, *other) for one, other in zip(corners, ends, strict=True)])
    sets = (shapes_of([large, LEFT[0]]), small)
    left, right = sets[::-1] if swapped else sets
    a, b = touching(left, right)
    area = shapely.area(shapely.intersection(left[a], right[b]))
    rest = np.array([shapely.difference(shape, large) for shape in small])

    points: list[int] = []

    def counted(operation: Callable[..., Any]) -> Callable[..., Any]:
        def call(one: Any, other: Any, **options: Any) -> Any:
            points.extend(int(shapely.get_num_coordinates(each).sum()) for each in (one, other))
            return operation(one, other, **options)

        return call

    monkeypatch.setattr(shapely, "intersection", counted(shapely.intersection))
    monkeypatch.setattr(shapely, "difference", counted(shapely.difference))
    found = overlaps(left, right)
    assert found.left.tolist() == a[area > 0].tolist()
    assert found.right.tolist() == b[area > 0].tolist()
    assert np.allclose(found.area_m2, area[area > 0], rtol=1e-9)
    remainder = without(small, sets[0][:1])
    assert shapely.area(shapely.symmetric_difference(remainder, rest)).max() < 1e-2
    assert shapely.is_valid(remainder).all()
    assert sum(points) < 400 * len(large.exterior.coords)  # not 3,200 times

    spared = np.arange(1600) % 4 == 0
    some = without(small, sets[0][:1], (np.flatnonzero(~spared), np.zeros(1200, int)))
    assert (some[spared] == small[spared]).all()
    assert (some[~spared] == remainder[~spared]).all()
