"""Pieces of one landslide body."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.crs import CRS

from slidelens.analysis.accuracy.fragmentation import fragment_counts
from slidelens.analysis.outlines.fragment_rules import FragmentContext, FragmentRules
from slidelens.analysis.outlines.fragments import MergedFragments, merge_fragments
from slidelens.analysis.outlines.holes import fill_small_holes
from slidelens.analysis.overlay import shapes_of
from slidelens.errors import GridError, ParamsError
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise

GRID = Grid(CRS.from_epsg(32645), Affine(5, 0, 0, 0, -5, 500), 100, 100)  # 500 × 500 m, north up
SOUTHWARD = np.repeat(
    np.linspace(400, 0, 100)[:, None], 100, axis=1
)  # falls to the south, 4 m in 5 m
UPPER, LOWER = (
    shapely.box(200, 260, 220, 300),
    shapely.box(200, 200, 220, 240),
)  # 20 × 40 m each, 20 m apart, one above the other
BESIDE = shapely.box(240, 260, 260, 300)  # 20 m to the east of the upper one


def merged(
    *shapes: shapely.Geometry,
    rules: FragmentRules | None = None,
    around: FragmentContext | None = None,
) -> MergedFragments:
    return merge_fragments(shapes_of(shapes), rules, around)


def probability(
    between: float, threshold: float = 0.5, elevation_m: np.ndarray | None = None
) -> FragmentContext:
    """0.95 on the pieces, `between` elsewhere."""
    pieces = rasterise([UPPER, LOWER, BESIDE], GRID)
    return FragmentContext(GRID, np.where(pieces, 0.95, between), threshold, elevation_m)


def downhill(elevation_m: np.ndarray) -> FragmentContext:
    return FragmentContext(GRID, elevation_m=elevation_m)


class TestJoined:
    def test_one_above_the_other(self) -> None:
        made = merged(UPPER, LOWER, around=downhill(SOUTHWARD))
        assert made.body_of.tolist() == [0, 0]
        assert made.pieces.tolist() == [2]
        assert made.shapes[0].area == 1600
        assert len(made.shapes[0].geoms) == 2

    def test_side_by_side_are_two(self) -> None:
        assert merged(UPPER, BESIDE, around=downhill(SOUTHWARD)).body_of.tolist() == [0, 1]

    def test_side_by_side_is_one_above_the_other_where_the_slope_falls_that_way(self) -> None:
        assert merged(UPPER, BESIDE, around=downhill(SOUTHWARD.T)).body_of.tolist() == [0, 0]

    def test_along_the_axes_without_a_height_model(self) -> None:
        assert merged(UPPER, LOWER, BESIDE).body_of.tolist() == [0, 0, 1]

    def test_along_the_axes_on_flat_ground(self) -> None:
        assert merged(
            UPPER, LOWER, BESIDE, around=downhill(np.zeros((100, 100)))
        ).body_of.tolist() == [0, 0, 1]

    def test_round_pieces_have_no_axis(self) -> None:
        assert merged(shapely.box(0, 0, 20, 20), shapely.box(0, 30, 20, 50)).body_of.tolist() == [
            0,
            1,
        ]

    def test_too_far_apart(self) -> None:
        assert merged(UPPER, LOWER, rules=FragmentRules(max_gap_m=19)).body_of.tolist() == [0, 1]
        assert merged(UPPER, LOWER, rules=FragmentRules(max_gap_m=20)).body_of.tolist() == [0, 0]

    def test_angle(self) -> None:
        # centres 60 m down and 20 m across: 18.4 degrees off the slope
        aside = shapely.box(220, 200, 240, 240)
        for most, bodies in ((18, [0, 1]), (19, [0, 0])):
            assert (
                merged(
                    UPPER,
                    aside,
                    rules=FragmentRules(max_angle_deg=most),
                    around=downhill(SOUTHWARD),
                ).body_of.tolist()
                == bodies
            )

    def test_probability_between_down_the_slope(self) -> None:
        # 0.15 of even odds is a probability of 0.13; the ends of the gap, on the pieces' edges, raise the mean by about 0.06
        assert merged(
            UPPER, LOWER, around=probability(0.10, elevation_m=SOUTHWARD)
        ).body_of.tolist() == [0, 0]
        assert merged(
            UPPER, LOWER, around=probability(0.02, elevation_m=SOUTHWARD)
        ).body_of.tolist() == [0, 1]

    def test_a_high_threshold_counts_as_one_half_down_the_slope(self) -> None:
        assert merged(UPPER, LOWER, around=probability(0.10, 0.9, SOUTHWARD)).body_of.tolist() == [
            0,
            0,
        ]

    def test_a_low_threshold_asks_for_little(self) -> None:
        # 0.15 of the odds of 0.05 is a probability of 0.008
        assert merged(
            UPPER, LOWER, around=probability(0.001, 0.05, SOUTHWARD)
        ).body_of.tolist() == [0, 0]

    def test_axes_alone_ask_for_more(self) -> None:
        # three quarters of even odds is a probability of 0.43, of odds of 9 one of 0.87
        assert merged(UPPER, LOWER, around=probability(0.42)).body_of.tolist() == [0, 0]
        assert merged(UPPER, LOWER, around=probability(0.30)).body_of.tolist() == [0, 1]
        assert merged(UPPER, LOWER, around=probability(0.42, 0.9)).body_of.tolist() == [0, 1]

    def test_chains(self) -> None:
        lowest = shapely.box(200, 140, 220, 180)
        assert merged(UPPER, lowest, LOWER).body_of.tolist() == [0, 0, 0]

    def test_overlapping_ones_whatever_their_direction(self) -> None:
        made = merged(UPPER, shapely.box(210, 270, 260, 280), rules=FragmentRules(max_gap_m=0))
        assert made.body_of.tolist() == [0, 0]
        assert made.shapes[0].area == 800 + 400

    def test_joining_can_be_turned_off(self) -> None:
        touching = shapely.box(200, 220, 220, 260)
        assert merged(UPPER, touching, rules=FragmentRules(max_gap_m=0)).body_of.tolist() == [0, 1]

    def test_none_and_one(self) -> None:
        assert len(merged().shapes) == 0
        assert merged(UPPER).shapes[0].equals(UPPER)


class TestGround:
    def test_a_neck_joins_them_in_one_polygon(self) -> None:
        made = merged(UPPER, LOWER, rules=FragmentRules(neck_m=10))
        assert made.shapes[0].geom_type == "Polygon"
        # the strip of 10 × 20 m may stand out by half its width at a corner of the pieces
        assert 1600 + 20 * 5 <= made.shapes[0].area <= 1600 + 30 * 10

    def test_small_holes_are_filled_and_large_ones_kept(self) -> None:
        ring = (
            shapely.box(0, 0, 100, 100) - shapely.box(10, 10, 20, 20) - shapely.box(50, 50, 80, 80)
        )
        assert merged(ring, rules=FragmentRules(max_hole_m2=100)).shapes[0].area == 10_000 - 900
        assert (
            merged(ring, rules=FragmentRules(max_hole_m2=99)).shapes[0].area == 10_000 - 900 - 100
        )

    def test_holes_of_every_part(self) -> None:
        ring = shapely.box(0, 0, 100, 100) - shapely.box(10, 10, 20, 20)
        both = shapely.MultiPolygon([ring, shapely.transform(ring, lambda points: points + 500)])
        assert fill_small_holes(shapes_of([both]), 100)[0].area == 20_000

    def test_a_piece_in_a_filled_hole_is_part_of_the_body(self) -> None:
        ring = shapely.box(0, 0, 100, 100) - shapely.box(40, 40, 60, 60)
        made = merged(ring, shapely.box(45, 45, 55, 55), rules=FragmentRules(max_hole_m2=400))
        assert made.body_of.tolist() == [0, 0]
        assert made.shapes[0].area == 10_000


class TestProperties:
    pieces = st.lists(
        st.tuples(*[st.integers(0, 40)] * 2, *[st.integers(1, 5)] * 2), max_size=10
    ).map(
        lambda rows: shapes_of(
            [shapely.box(10 * x, 10 * y, 10 * (x + w), 10 * (y + h)) for x, y, w, h in rows]
        )
    )

    @settings(max_examples=40, deadline=None)
    @given(pieces)
    def test_ground_is_kept_and_every_piece_lies_in_its_body(self, shapes: np.ndarray) -> None:
        made = merge_fragments(shapes, around=downhill(SOUTHWARD))
        assert shapely.union_all(made.shapes).area == pytest.approx(shapely.union_all(shapes).area)
        assert shapely.area(
            shapely.difference(shapes, made.shapes[made.body_of])
        ).sum() == pytest.approx(0, abs=1e-6)
        assert sorted(set(made.body_of.tolist())) == list(range(len(made.shapes)))

    def test_order_does_not_matter_where_pieces_touch_along_a_side(self) -> None:
        boxes = [(0, 0, 1, 1), (0, 0, 1, 1), (0, 0, 1, 1), (18, 27, 1, 3), (19, 28, 1, 3)]
        shapes = np.array(
            [shapely.box(10 * x, 10 * y, 10 * (x + w), 10 * (y + h)) for x, y, w, h in boxes]
        )
        ahead, behind = (
            merge_fragments(some, around=downhill(SOUTHWARD)) for some in (shapes, shapes[::-1])
        )
        assert len(ahead.shapes) == len(behind.shapes)

    @settings(max_examples=40, deadline=None)
    @given(pieces, st.randoms(use_true_random=False))
    def test_order_does_not_matter(self, shapes: np.ndarray, random: object) -> None:
        order = random.sample(range(len(shapes)), len(shapes))  # type: ignore[attr-defined]
        one, other = (
            merge_fragments(some, around=downhill(SOUTHWARD)) for some in (shapes, shapes[order])
        )
        together = one.body_of[:, None] == one.body_of[None, :]
        assert (
            together[np.ix_(order, order)] == (other.body_of[:, None] == other.body_of[None, :])
        ).all()

    @settings(max_examples=40, deadline=None)
    @given(pieces, st.integers(-500, 500), st.integers(-500, 500))
    def test_place_does_not_matter(self, shapes: np.ndarray, east: int, north: int) -> None:
        there = shapely.transform(shapes, lambda points: points + (5 * east, 5 * north))
        one, other = merge_fragments(shapes), merge_fragments(there)
        assert one.body_of.tolist() == other.body_of.tolist()
        assert shapely.area(one.shapes) == pytest.approx(shapely.area(other.shapes))


def test_counts() -> None:
    # the first manual landslide is mapped in two pieces, the second in one, the third not at all; one piece is a false alarm
    manual = shapes_of([shapely.box(200, 200, 220, 300), BESIDE, shapely.box(0, 0, 9, 9)])
    raw = shapes_of([UPPER, LOWER, BESIDE, shapely.box(400, 400, 450, 450)])
    made = merge_fragments(raw, around=downhill(SOUTHWARD))
    assert fragment_counts(raw, made.shapes, manual) == {
        "raw": 4,
        "merged": 3,
        "manual": 3,
        "raw_pieces_per_landslide": 1.5,
        "raw_landslides_per_piece": 1,
        "merged_pieces_per_landslide": 1,
        "merged_landslides_per_piece": 1,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_gap_m", -1), ("minimum_support", float("nan")), ("max_hole_m2", float("inf"))],
)
def test_bad_rules(name: str, value: float) -> None:
    with pytest.raises(ParamsError, match=f"{name} is .*; give 0 or more"):
        FragmentRules(**{name: value})


def test_bad_angle() -> None:
    with pytest.raises(ParamsError, match="max_angle_deg is 120; give 0 to 90"):
        FragmentRules(max_angle_deg=120)


def test_arrays_must_fit_the_grid() -> None:
    with pytest.raises(GridError, match="probability has 3 rows × 4 columns, its grid 100 rows"):
        FragmentContext(GRID, np.zeros((3, 4)), 0.5)


def test_probability_needs_its_threshold() -> None:
    with pytest.raises(ParamsError, match="needs the threshold"):
        FragmentContext(GRID, np.zeros(GRID.shape))


def test_grid_must_be_metric() -> None:
    with pytest.raises(GridError, match="not in metres"):
        FragmentContext(Grid(CRS.from_epsg(4326), Affine(1e-4, 0, 85, 0, -1e-4, 28), 5, 5))
