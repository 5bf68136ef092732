"""The ledger balances to the square metre, against set operations in shapely."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.analysis.lifecycle.tracking import trace
from support.inventories.lifecycle import dated, records

coordinates = st.floats(0, 300, allow_nan=False)
# pentagons instead of boxes: their overlaps have no round areas
blobs = st.builds(
    lambda x, y, radii: shapely.Polygon(
        [
            (x + r * c, y + r * s)
            for r, (c, s) in zip(
                radii, [(1, 0), (0.6, 0.8), (-0.8, 0.6), (-1, 0), (0, -1)], strict=True
            )
        ]
    ),
    coordinates,
    coordinates,
    st.tuples(*[st.floats(5, 90)] * 5),
)
histories = st.lists(st.lists(blobs, max_size=6), min_size=1, max_size=4)


def ground(shapes: list[shapely.Geometry]) -> BaseGeometry:
    return shapely.union_all(shapes) if shapes else shapely.Polygon()


def close(value: float) -> object:
    return pytest.approx(value, abs=0.01)


def test_by_hand() -> None:
    # 100 × 100 m; then 60 of its 100 m and 30 m beyond: kept 6,000, healed 4,000, new 3,000
    life = trace({"2013": [shapely.box(0, 0, 100, 100)], "2014": [shapely.box(40, 0, 130, 100)]})
    row = records(life.ledger)[1]
    names = ("area_m2", "carried_over_m2", "kept_m2", "new_m2", "healed_m2")
    assert [row[name] for name in names] == [9000, 10_000, 6000, 3000, 4000]


def test_polygons_on_earlier_ground() -> None:
    first = shapely.box(0, 0, 100, 100)
    later = [
        shapely.box(10, 10, 20, 20),
        shapely.box(95, 0, 195, 100),
        shapely.box(100, 0, 110, 10).buffer(0),
        shapely.box(900, 0, 910, 10),
    ]
    row = records(trace({"2013": [first], "2014": later}).ledger)[1]
    # the first lies on it, the second touches with a twentieth, the third (inside the second) goes
    # with it, the fourth is elsewhere
    assert (row["polygons"], row["touching_earlier"], row["on_earlier_ground"]) == (4, 3, 1)


@settings(max_examples=15, deadline=None)
@given(histories)
def test_closes_when_everything_is_seen(dates: list[list[shapely.Geometry]]) -> None:
    life = trace(dated(dates))
    before = ever = ground([])
    for row, shapes in zip(records(life.ledger), dates, strict=True):
        now = ground(shapes)
        assert row["area_m2"] == close(now.area)
        assert row["carried_over_m2"] == close(before.area)
        assert row["new_m2"] == close((now - before).area)
        assert row["healed_m2"] == close((before - now).area)
        assert row["kept_m2"] == close((now & before).area)
        assert row["reactivated_m2"] == close(((now & ever) - before).area)
        assert row["carried_over_m2"] + row["new_m2"] - row["healed_m2"] == close(row["area_m2"])
        before, ever = now, ever | now


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(blobs, max_size=5), st.lists(blobs, max_size=3)), min_size=2, max_size=4
    )
)
def test_closes_under_clouds(
    dates: list[tuple[list[shapely.Geometry], list[shapely.Geometry]]],
) -> None:
    labels = [str(2013 + i) for i in range(len(dates))]
    scene = shapely.box(-100, -100, 400, 400)
    seen = [scene - ground(clouds) for _, clouds in dates]
    rules = LifecycleRules(minimum_observed=1.0)  # nothing unseen is struck off
    observed = {label: [region] for label, region in zip(labels, seen, strict=True)}
    life = trace(
        {label: shapes for label, (shapes, _) in zip(labels, dates, strict=True)}, rules, observed
    )
    books = ground([])
    for row, (shapes, _), region in zip(records(life.ledger), dates, seen, strict=True):
        now = ground(shapes)
        hidden = books - now - region
        assert row["unobserved_m2"] == close(hidden.area)
        assert row["carried_over_m2"] == close(books.area - hidden.area)
        assert row["healed_m2"] == close(((books - now) & region).area)
        assert row["carried_over_m2"] + row["new_m2"] - row["healed_m2"] == close(row["area_m2"])
        books = now | hidden


@settings(max_examples=15, deadline=None)
@given(histories)
def test_rows_add_up_to_the_ledger(dates: list[list[shapely.Geometry]]) -> None:
    life = trace(dated(dates))
    sums = life.observations.groupby("date")[
        ["area_m2", "carried_m2", "new_m2", "healed_m2", "gained_m2", "ceded_m2"]
    ].sum()
    names = {"area_m2": "area_m2", "carried_m2": "carried_over_m2"} | {
        name: name for name in ("new_m2", "healed_m2")
    }
    for row in records(life.ledger[life.ledger.date.isin(sums.index)]):
        total = sums.loc[row["date"]]
        for column, ledger_column in names.items():
            assert total[column] == close(row[ledger_column])
    rows = life.observations
    balance = rows.carried_m2 + rows.new_m2 + rows.gained_m2 - rows.ceded_m2 - rows.healed_m2
    assert balance.to_numpy() == pytest.approx(rows.area_m2.to_numpy(), abs=0.01)
