"""Properties of histories that hold for any inventories."""

from __future__ import annotations

from random import Random

import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from slidelens.analysis.lifecycle.tracking import Lifecycle, trace
from support.inventories.lifecycle import box_histories, box_inventories, dated


def table(life: Lifecycle) -> list[tuple[object, ...]]:
    rows = life.observations
    return list(zip(rows.landslide_id, rows.date, rows.state, rows.area_m2.round(3), strict=True))


@settings(max_examples=15, deadline=None)
@given(box_histories, st.randoms(use_true_random=False))
def test_the_order_of_polygons_does_not_matter(
    dates: list[list[shapely.Geometry]], random: Random
) -> None:
    shuffled = [random.sample(shapes, len(shapes)) for shapes in dates]
    life, again = trace(dated(dates)), trace(dated(shuffled))
    assert table(life) == table(again)
    assert life.edges.drop(columns="geometry").equals(again.edges.drop(columns="geometry"))


# Of two equal neighbours, which one goes on?
TIE = [[shapely.box(10, 20, 70, 80), shapely.box(70, 40, 80, 100)], [shapely.box(50, 80, 70, 100)]]


@settings(max_examples=15, deadline=None)
@given(box_histories, st.integers(-900, 900), st.integers(-900, 900))
@example(TIE, 1, 0)
def test_moving_everything_changes_no_id_and_no_area(
    dates: list[list[shapely.Geometry]], east: int, north: int
) -> None:
    moved = [
        [
            shapely.transform(shape, lambda points: points + (1000.25 * east, 1000.25 * north))
            for shape in shapes
        ]
        for shapes in dates
    ]
    assert table(trace(dated(dates))) == table(trace(dated(moved)))


@settings(max_examples=15, deadline=None)
@given(box_histories, box_inventories)
def test_a_later_date_changes_nothing_earlier(
    dates: list[list[shapely.Geometry]], later: list[shapely.Geometry]
) -> None:
    before, after = table(trace(dated(dates))), table(trace(dated([*dates, later])))
    assert after[: len(before)] == before


@settings(max_examples=15, deadline=None)
@given(box_histories)
def test_the_same_inventory_again_is_all_persistent(dates: list[list[shapely.Geometry]]) -> None:
    life = trace(dated([*dates, dates[-1]]))
    last = life.observations[life.observations.date == str(2013 + len(dates))]
    assert set(last.state) <= {"persistent"}
    assert life.ledger.new_m2.iloc[-1] == pytest.approx(0, abs=1e-6)
    assert life.ledger.healed_m2.iloc[-1] == pytest.approx(0, abs=1e-6)
    assert life.ledger.split.iloc[-1] == life.ledger.merged.iloc[-1] == 0


@settings(max_examples=15, deadline=None)
@given(box_histories)
def test_ground_belongs_to_one_landslide_only(dates: list[list[shapely.Geometry]]) -> None:
    life = trace(dated(dates))
    everything = shapely.union_all([shape for shapes in dates for shape in shapes])
    assert life.landslides.footprint_m2.sum() == pytest.approx(everything.area, abs=1e-3)
    assert shapely.union_all(life.landslides.geometry.to_numpy()).area == pytest.approx(
        everything.area, abs=1e-3
    )
