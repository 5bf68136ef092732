"""Agreement by area: of polygons and of pixels."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from slidelens.analysis.accuracy.confusion import Counts
from slidelens.analysis.comparison.area_agreement import (
    AreaAgreement,
    agreement_map,
    area_agreement,
    clip,
    covered_share,
    dissolve,
    pixel_counts,
)
from slidelens.analysis.overlay import shapes_of
from slidelens.geo.grid import covering_grid
from slidelens.types import Shapes
from support.inventories.strips import inventories, strip
from support.studies import UTM


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
def test_agreement_is_symmetric(first: Shapes, second: Shapes) -> None:
    first, second = dissolve(first), dissolve(second)
    there, back = area_agreement(first, second), area_agreement(second, first)
    assert there.mapping_error == pytest.approx(back.mapping_error)
    assert there.scores()["precision"] == pytest.approx(back.scores()["recall"])


@given(inventories, inventories)
def test_the_map_is_the_ground_of_both(observed: Shapes, predicted: Shapes) -> None:
    observed, predicted = dissolve(observed), dissolve(predicted)
    ground, kinds = area_agreement(observed, predicted), agreement_map(observed, predicted)
    areas = {kind: shapely.area(shapes).sum() for kind, shapes in kinds.items()}
    assert areas["hit"] == pytest.approx(ground.both_m2)
    assert areas["hit"] + areas["miss"] == pytest.approx(ground.observed_m2)
    assert areas["hit"] + areas["false alarm"] == pytest.approx(ground.predicted_m2)
    assert all(shape.geom_type == "Polygon" for shapes in kinds.values() for shape in shapes)


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
    assert pixel_counts(observed, predicted, grid, area, tile_px=16) == whole
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


@given(inventories, inventories)
def test_no_share_is_over_one(observed: Shapes, predicted: Shapes) -> None:
    share = covered_share(observed, dissolve(predicted))
    assert ((share >= 0) & (share <= 1)).all()
    assert share @ shapely.area(observed) == pytest.approx(
        sum(shape.intersection(shapely.union_all(predicted)).area for shape in observed)
    )


def test_landslides_are_cut_at_the_area() -> None:
    clipped = clip(strip((0, 20), (15, 40), (50, 60)), shapely.box(0, 0, 30, 10))
    assert shapely.area(clipped).tolist() == [200.0, 150.0]


def test_a_landslide_around_the_area_becomes_the_area() -> None:
    around, area = shapes_of([shapely.box(-10, -10, 50, 50)]), shapely.box(0, 0, 30, 10)
    assert clip(around, area)[0].equals(area)


def test_touching_the_area_from_outside_is_outside() -> None:
    assert len(clip(strip((30, 40)), shapely.box(0, 0, 30, 10))) == 0
