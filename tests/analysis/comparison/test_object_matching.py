from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.crs import CRS

from slidelens.analysis.accuracy.confusion import Counts
from slidelens.analysis.accuracy.fragmentation import count_fragments
from slidelens.analysis.comparison import area_agreement as area_module
from slidelens.analysis.comparison.area_agreement import (
    AreaAgreement,
    agreement_map,
    area_agreement,
    clip,
    covered_share,
    dissolve,
    pixel_counts,
)
from slidelens.analysis.comparison.object_matching import Matching, match_objects
from slidelens.analysis.comparison.size_agreement import (
    SizeDifference,
    recall_by_size,
    size_difference,
)
from slidelens.analysis.overlay import overlaps, shapes_of
from slidelens.geo.grid import covering_grid
from slidelens.types import Shapes

UTM = CRS.from_epsg(32645)
corners, sides = st.integers(0, 30), st.integers(1, 12)
boxes = st.tuples(corners, corners, sides, sides).map(
    lambda b: shapely.box(b[0], b[1], b[0] + b[2], b[1] + b[3])
)
inventories = st.lists(boxes, max_size=8).map(shapes_of)


def strip(*spans: tuple[float, float]) -> Shapes:
    """Landslides 10 m wide that span from … to along x."""
    return shapes_of([shapely.box(start, 0, end, 10) for start, end in spans])


def matching(observed: Shapes, predicted: Shapes, **options: float) -> Matching:
    return match_objects(observed, predicted, overlaps(observed, predicted), **options)


# Ground


def test_ground_by_hand() -> None:
    # 200 m² each, 100 m² common, 300 m² in all
    ground = area_agreement(strip((0, 20)), strip((10, 30)))
    assert ground == AreaAgreement(200.0, 200.0, 100.0)
    assert ground.scores() == {
        "precision": 0.5,
        "recall": 0.5,
        "f1": 0.5,
        "iou": pytest.approx(1 / 3),
    }
    assert ground.mapping_error == pytest.approx(2 / 3)


def test_nothing_against_nothing_and_against_something() -> None:
    nothing, something = shapes_of([]), strip((0, 20))
    assert area_agreement(nothing, nothing).mapping_error is None
    assert area_agreement(nothing, something).mapping_error == 1
    assert area_agreement(nothing, something).scores() == {
        "precision": 0.0,
        "recall": None,
        "f1": None,
        "iou": None,
    }
    assert area_agreement(something, nothing).scores() == {
        "precision": None,
        "recall": 0.0,
        "f1": 0.0,
        "iou": 0.0,
    }


def test_duplicates_and_nested_polygons_are_one_ground() -> None:
    ground = dissolve(strip((0, 20), (0, 20), (5, 10)))
    assert shapely.area(ground).tolist() == [200.0]
    assert len(dissolve(shapes_of([]))) == 0


def test_holes_are_no_ground() -> None:
    ring = shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 20, 20))
    assert area_agreement(shapes_of([ring]), shapes_of([shapely.box(10, 10, 20, 20)])).both_m2 == 0


@given(inventories, inventories)
def test_ground_is_symmetric(one: Shapes, other: Shapes) -> None:
    there, back = (
        area_agreement(dissolve(one), dissolve(other)),
        area_agreement(dissolve(other), dissolve(one)),
    )
    assert there.mapping_error == pytest.approx(back.mapping_error)
    assert there.scores()["precision"] == pytest.approx(back.scores()["recall"])


@given(inventories, inventories)
def test_the_map_is_the_ground_of_both(observed: Shapes, predicted: Shapes) -> None:
    one, other = dissolve(observed), dissolve(predicted)
    ground, kinds = area_agreement(one, other), agreement_map(one, other)
    areas = {kind: shapely.area(shapes).sum() for kind, shapes in kinds.items()}
    assert areas["hit"] == pytest.approx(ground.both_m2)
    assert areas["hit"] + areas["miss"] == pytest.approx(ground.observed_m2)
    assert areas["hit"] + areas["false alarm"] == pytest.approx(ground.predicted_m2)
    assert all(shape.geom_type == "Polygon" for shapes in kinds.values() for shape in shapes)


# Pixels


def test_pixels_by_hand() -> None:
    # 5 m pixels: 4 × 2 observed, 4 × 2 predicted, 2 × 2 common, 6 × 2 in all
    grid = covering_grid((0, 0, 30, 10), UTM, 5.0)
    assert pixel_counts(strip((0, 20)), strip((10, 30)), grid) == Counts(4, 4, 4, 0)


def test_pixels_outside_the_area_do_not_count() -> None:
    grid = covering_grid((0, 0, 30, 10), UTM, 5.0)
    assert pixel_counts(strip((0, 20)), strip((10, 30)), grid, shapely.box(0, 0, 20, 10)) == Counts(
        4, 0, 4, 0
    )


@settings(max_examples=30)
@given(inventories, inventories, st.booleans())
def test_tiles_make_no_difference(observed: Shapes, predicted: Shapes, cut: bool) -> None:
    grid = covering_grid((0, 0, 45, 45), UTM, 1.0)
    area = shapely.box(3, 3, 40, 20) if cut else None
    whole = pixel_counts(observed, predicted, grid, area)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(area_module, "_TILE_PIXELS", 16)
        assert pixel_counts(observed, predicted, grid, area) == whole
    assert whole.total == (37 * 17 if cut else 45 * 45)


@given(inventories, inventories)
def test_on_whole_pixels_ground_and_pixels_agree(observed: Shapes, predicted: Shapes) -> None:
    pixels = pixel_counts(observed, predicted, covering_grid((0, 0, 45, 45), UTM, 1.0))
    ground = area_agreement(dissolve(observed), dissolve(predicted))
    assert pixels.true_positive == pytest.approx(ground.both_m2)
    assert pixels.scores() == {
        name: value if value is None else pytest.approx(value)
        for name, value in ground.scores().items()
    }


# Landslides


def test_landslides_by_hand() -> None:
    # IoU 0.8 (80 of 100 m²) is a match, 1/3 is not; F1 = 2 · 1 / (2 + 3), PQ = 0.8 / 2.5
    found = matching(strip((0, 10), (20, 40)), strip((0, 8), (30, 50), (90, 95)))
    assert found.counts == Counts(1, 2, 1)
    assert (found.counts.f1, found.pq) == (pytest.approx(0.4), pytest.approx(0.32))


def test_an_iou_of_exactly_a_half_is_a_match() -> None:
    assert matching(strip((0, 20)), strip((0, 10))).counts.true_positive == 1
    assert matching(strip((0, 20)), strip((0, 9.99))).counts.true_positive == 0


def test_a_match_is_one_to_one() -> None:
    assert matching(strip((0, 10)), strip((0, 10), (0, 10))).counts == Counts(1, 1, 0)


def test_landslides_that_compete_are_matched_for_the_best_sum() -> None:
    # IoUs: A–P 95/105, B–Q 70/130, together 1.443; A–Q 85/115, B–P 90/110, together 1.557
    found = matching(strip((0, 100), (15, 115)), strip((5, 105), (-15, 85)))
    assert sorted(zip(found.observed.tolist(), found.predicted.tolist(), strict=True)) == [
        (0, 1),
        (1, 0),
    ]
    assert found.iou.sum() == pytest.approx(85 / 115 + 90 / 110)


def test_no_landslide_has_no_panoptic_quality() -> None:
    nothing, something = shapes_of([]), strip((0, 10))
    assert matching(nothing, something).pq is None
    assert matching(something, nothing).pq == 0
    assert matching(nothing, nothing).counts == Counts()


@given(inventories)
def test_an_inventory_agrees_with_itself(one: Shapes) -> None:
    found = matching(one, one)
    assert found.counts == Counts(len(one), 0, 0)
    assert found.pq == (pytest.approx(1) if len(one) else None)


@given(inventories, inventories)
def test_landslides_match_both_ways(one: Shapes, other: Shapes) -> None:
    there, back = matching(one, other), matching(other, one)
    assert there.iou.sum() == pytest.approx(back.iou.sum())
    if len(one) and len(other):
        assert there.pq == pytest.approx(back.pq)


@given(inventories, inventories, st.integers(0, 1000))
def test_order_and_place_make_no_difference(observed: Shapes, predicted: Shapes, seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(len(observed))
    moved = [
        shapely.transform(shapes, lambda xy: xy + np.array([1000, 2000]))
        for shapes in (observed[shuffled], predicted)
    ]
    one, other = matching(observed, predicted), matching(moved[0], moved[1])
    assert one.iou.sum() == pytest.approx(other.iou.sum())
    assert np.sort(
        count_fragments(observed, predicted, overlaps(observed, predicted)).pieces
    ).tolist() == (
        np.sort(count_fragments(moved[0], moved[1], overlaps(moved[0], moved[1])).pieces).tolist()
    )


# Pieces


def test_pieces_by_hand() -> None:
    # One landslide of 40 m in three pieces; the fourth overlaps it by a twentieth of itself, the fifth joins two others
    observed = strip((0, 40), (100, 110), (112, 120))
    predicted = strip((0, 10), (12, 20), (25, 38), (39.5, 49.5), (99, 121))
    pieces = count_fragments(observed, predicted, overlaps(observed, predicted))
    assert pieces.pieces.tolist() == [3, 1, 1]
    assert pieces.joined.tolist() == [1, 1, 1, 0, 2]
    assert pieces.summary() == {
        "pieces_per_observed": pytest.approx(5 / 3),
        "observed_per_piece": 1.25,
        "observed_in_pieces": 1,
        "pieces_joining_observed": 1,
    }


def test_no_pieces_have_no_mean() -> None:
    nothing = shapes_of([])
    assert (
        count_fragments(nothing, nothing, overlaps(nothing, nothing)).summary()[
            "pieces_per_observed"
        ]
        is None
    )


# Sizes


def test_completeness_by_size_by_hand() -> None:
    # 400 and 900 m² are in 316…1000, 5000 m² in 3162…10 000: (400 · 1 + 900 · 0.2) / 1300 = 0.446
    small, large = recall_by_size(
        np.array([400.0, 5000.0, 900.0]), np.array([True, False, False]), np.array([1.0, 0.6, 0.2])
    )
    assert (small.from_m2, small.to_m2, small.landslides, small.matched, small.half_covered) == (
        316.2,
        1000.0,
        2,
        1,
        1,
    )
    assert small.covered_share == pytest.approx(580 / 1300)
    assert (large.from_m2, large.to_m2, large.landslides, large.matched, large.half_covered) == (
        3162.0,
        10_000.0,
        1,
        0,
        1,
    )
    assert recall_by_size(np.empty(0), np.empty(0, bool), np.empty(0)) == []


@pytest.mark.parametrize("area_m2", [10.0, 100.0, 1000.0, 10_000.0, 1e6])
def test_a_bound_belongs_to_the_class_above(area_m2: float) -> None:
    (only,) = recall_by_size(np.array([area_m2]), np.array([True]), np.array([1.0]))
    assert only.from_m2 == area_m2


@given(inventories, inventories)
def test_no_share_is_over_one(observed: Shapes, predicted: Shapes) -> None:
    share = covered_share(observed, dissolve(predicted))
    assert ((share >= 0) & (share <= 1)).all()
    assert share @ shapely.area(observed) == pytest.approx(
        sum(shape.intersection(shapely.union_all(predicted)).area for shape in observed)
    )


def test_equal_sizes_do_not_differ() -> None:
    areas = np.random.default_rng(0).uniform(200, 5000, 60)
    found = size_difference(areas, areas[::-1], repeats=99)
    assert (found.ks, found.p, found.median_ratio) == (0.0, 1.0, 1.0)


def test_sizes_of_one_law_do_not_differ_and_halved_ones_do() -> None:
    random = np.random.default_rng(1)
    one, other = random.lognormal(7, 1, 200), random.lognormal(7, 1, 300)
    same, halved = (
        size_difference(one, other, repeats=199),
        size_difference(one, other / 2, repeats=199),
    )
    assert same.p is not None
    assert same.p > 0.05
    assert halved.p == pytest.approx(1 / 200)
    assert halved.median_ratio_interval is not None
    assert halved.median_ratio_interval[1] < 1


def test_the_distance_of_sizes_by_hand() -> None:
    # Shares at 100, 200, 300: 1/2, 1, 1 against 0, 1/2, 1: half apart
    assert size_difference(np.array([200.0, 100.0]), np.array([200.0, 300.0]), repeats=9).ks == 0.5


def test_the_test_holds_its_level() -> None:
    # Of 100 pairs from one law some 20 % fall under p = 0.2: 20 ± 3 · √16
    random = np.random.default_rng(2)
    p = [
        size_difference(
            random.lognormal(7, 1, 30), random.lognormal(7, 1, 30), repeats=49, seed=i
        ).p
        for i in range(100)
    ]
    assert 8 <= sum(value is not None and value <= 0.2 for value in p) <= 32


def test_no_landslides_have_no_sizes_to_differ() -> None:
    assert size_difference(np.array([200.0]), np.array([300.0]), repeats=0) == SizeDifference(
        ks=1.0, median_ratio=1.5
    )
    assert size_difference(np.empty(0), np.array([300.0])) == SizeDifference()


# Cutting


def test_landslides_are_cut_at_the_area() -> None:
    kept = clip(strip((0, 20), (15, 40), (50, 60)), shapely.box(0, 0, 30, 10))
    assert shapely.area(kept).tolist() == [200.0, 150.0]


def test_touching_the_area_from_outside_is_outside() -> None:
    assert len(clip(strip((30, 40)), shapely.box(0, 0, 30, 10))) == 0
