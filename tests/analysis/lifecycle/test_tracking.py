"""Histories: ids, states, mergers and splits."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from slidelens.analysis.lifecycle.rules import STATES, LifecycleRules
from slidelens.analysis.lifecycle.tracking import Lifecycle, trace
from slidelens.errors import InventoryError, ParamsError


def box(x: float, y: float, width: float, height: float | None = None) -> shapely.Polygon:
    return shapely.box(x, y, x + width, y + (width if height is None else height))


def told(life: Lifecycle) -> dict[str, dict[int, str]]:
    """States by date and id."""
    rows = life.observations
    return {
        str(date): dict(
            zip(rows.landslide_id[rows.date == date], rows.state[rows.date == date], strict=True)
        )
        for date in life.ledger.date
    }


FAR = box(5000, 0, 100)  # a second landslide that nothing happens to


def follow(*dates: list[shapely.Geometry], **rules: float) -> dict[str, dict[int, str]]:
    return told(
        trace({str(2013 + i): shapes for i, shapes in enumerate(dates)}, LifecycleRules(**rules))
    )


class TestStates:
    def test_first_date_is_all_new(self) -> None:
        assert follow([box(0, 0, 100), FAR]) == {"2013": {1: "new", 2: "new"}}

    def test_growth_of_a_fifth_onto_new_ground_is_expansion(self) -> None:
        assert follow([box(0, 0, 100)], [box(0, 0, 100, 120)])["2014"] == {1: "expanded"}

    def test_growth_under_the_threshold_is_persistence(self) -> None:
        assert follow([box(0, 0, 100)], [box(0, 0, 100, 110)])["2014"] == {1: "persistent"}
        assert follow([box(0, 0, 100)], [box(0, 0, 100, 110)], changed_share=0.1)["2014"] == {
            1: "expanded"
        }

    def test_loss_of_a_fifth_is_shrinking(self) -> None:
        assert follow([box(0, 0, 100)], [box(0, 0, 100, 80)])["2014"] == {1: "shrinking"}

    def test_a_shift_moves_the_outline_and_leaves_the_state(self) -> None:
        # 40 m of 100 m: 4,000 m² healed and 4,000 m² new, net nothing
        assert follow([box(0, 0, 100)], [box(40, 0, 100)])["2014"] == {1: "persistent"}

    def test_healing_is_told_once(self) -> None:
        states = follow([box(0, 0, 100), FAR], [FAR], [FAR])
        assert states["2014"] == {1: "healed", 2: "persistent"}
        assert states["2015"] == {2: "persistent"}

    def test_mapped_again_after_healing_is_reactivation_under_the_old_id(self) -> None:
        states = follow([box(0, 0, 100)], [], [box(20, 20, 50)])
        assert states["2015"] == {1: "reactivated"}

    def test_growth_within_the_old_footprint_is_reactivation(self) -> None:
        # 100 × 50 m had healed in 2014 and are landslide again; 10 × 100 m are fresh: 5,000 against 1,000 m²
        states = follow([box(0, 0, 100)], [box(0, 0, 100, 50)], [box(0, 0, 110, 100)])
        assert [states[date][1] for date in ("2014", "2015")] == ["shrinking", "reactivated"]

    def test_growth_mostly_beyond_the_old_footprint_is_expansion(self) -> None:
        # 100 × 20 m had healed, 100 × 60 m are fresh
        states = follow([box(0, 0, 100)], [box(0, 0, 100, 80)], [box(0, 0, 100, 160)])
        assert states["2015"] == {1: "expanded"}

    def test_nothing_mapped_anywhere(self) -> None:
        assert follow([], [], []) == {"2013": {}, "2014": {}, "2015": {}}

    def test_an_empty_date_between_two(self) -> None:
        states = follow([box(0, 0, 100)], [], [])
        assert states == {"2013": {1: "new"}, "2014": {1: "healed"}, "2015": {}}

    def test_every_state_has_a_name(self) -> None:
        life = trace(
            {"2013": [box(0, 0, 100), FAR], "2014": [box(0, 0, 100)], "2015": [FAR]},
            observed={"2014": [box(-500, -500, 2000)]},
        )
        assert set(life.observations.state) <= set(STATES)


class TestIdentity:
    def test_numbered_from_north_to_south_then_west_to_east(self) -> None:
        south, west, east = box(0, 0, 10), box(0, 500, 10), box(500, 500, 10)
        rows = trace({"2013": [south, east, west]}).landslides
        assert [shape.bounds[:2] for shape in rows.geometry] == [(0, 500), (500, 500), (0, 0)]

    def test_pieces_of_one_landslide_keep_its_id(self) -> None:
        life = trace({"2013": [box(0, 0, 100)], "2014": [box(0, 0, 40, 100), box(60, 0, 40, 100)]})
        row = life.observations[life.observations.date == "2014"].iloc[0]
        assert (row.landslide_id, row.pieces, row.area_m2) == (1, 2, 8000)

    def test_partly_mapped_at_one_date(self) -> None:
        # the small piece shares all of its ground with the landslide, and the whole comes back as the same one
        states = follow([box(0, 0, 100)], [box(70, 70, 30)], [box(0, 0, 100)])
        assert [list(states[date]) for date in states] == [[1], [1], [1]]

    def test_a_complex_does_not_swallow_its_parts_for_ever(self) -> None:
        # 1 and 2 grow together at one date and are mapped apart again at the next: both are found on their own ground
        one, two = box(0, 100, 100), box(0, 0, 60)
        states = follow([one, two], [box(0, 0, 100, 200)], [one, two])
        assert states["2014"] == {1: "expanded"}
        assert list(states["2015"]) == [1, 2]

    def test_neighbours_do_not_chain_through_small_overlaps(self) -> None:
        # each outline of 2014 reaches 20 m into the next one's ground of 2013: a fifth of it, under minimum_overlap
        first = [box(100 * i, 0, 100) for i in range(4)]
        later = [box(100 * i + 20, 0, 100) for i in range(4)]
        assert list(follow(first, later)["2014"]) == [1, 2, 3, 4]

    def test_a_body_spread_over_many_footprints_belongs_to_one_of_them(self) -> None:
        # 100 × 1 m strips of five landslides, none with a quarter of it, nothing left to itself: the same at every later date
        first = [box(0, 20 * i, 100, 20) for i in range(5)]
        across = box(40, 0, 20, 100)
        states = follow(first, [across], [across])
        assert len(states["2014"]) > 0
        assert [name for name, state in states["2015"].items() if state == "persistent"] == [
            next(i for i, s in states["2014"].items() if s != "healed")
        ]

    def test_a_small_landslide_shifted_within_the_tolerance_stays_the_same(self) -> None:
        # 10 m wide and 9 m off: a tenth of it overlaps; widened by 5 m, 60 %
        assert follow([box(0, 0, 10)], [box(9, 0, 10)])["2014"] == {1: "persistent"}
        assert follow([box(0, 0, 10)], [box(9, 0, 10)], tolerance_m=0)["2014"] == {
            1: "healed",
            2: "new",
        }

    def test_the_tolerance_joins_no_neighbours_that_are_there_themselves(self) -> None:
        # a new landslide 2 m beside one that is still there is new
        assert follow([box(0, 0, 10)], [box(0, 0, 10), box(12, 0, 10)])["2014"] == {
            1: "persistent",
            2: "new",
        }


class TestKinship:
    ONE, TWO = box(0, 100, 100), box(0, 0, 60)

    def test_merger_ends_the_smaller(self) -> None:
        life = trace({"2013": [self.ONE, self.TWO], "2014": [box(0, 0, 100, 200)]})
        edge = life.edges.iloc[0]
        assert len(life.edges) == 1
        assert (edge.kind, edge.from_id, edge.to_id, edge.from_date, edge.date, edge.shared_m2) == (
            "merge",
            2,
            1,
            "2013",
            "2014",
            3600,
        )
        assert edge.geometry.equals(self.TWO)
        assert life.landslides.merged_into.isna().tolist() == [True, False]
        assert life.landslides.merged_into[1] == 1

    def test_a_landslide_mapped_apart_again_is_no_longer_merged(self) -> None:
        life = trace(
            {
                "2013": [self.ONE, self.TWO],
                "2014": [box(0, 0, 100, 200)],
                "2015": [self.ONE, self.TWO],
            }
        )
        assert life.landslides.merged_into.isna().all()
        split = life.edges[life.edges.date == "2015"]
        assert list(zip(split.kind, split.from_id, split.to_id, strict=True)) == [
            ("split", 1, 1),
            ("split", 1, 2),
        ]

    def test_split_in_two(self) -> None:
        life = trace({"2013": [box(0, 0, 100)], "2014": [box(0, 0, 40, 100), box(60, 0, 40, 100)]})
        assert list(life.edges.kind) == ["split", "split"]
        assert list(life.edges.shared_m2) == [4000, 4000]
        assert life.ledger.split.tolist() == [0, 1]

    def test_pieces_that_stay_pieces_split_once(self) -> None:
        halves = [box(0, 0, 40, 100), box(60, 0, 40, 100)]
        life = trace({"2013": [box(0, 0, 100)], "2014": halves, "2015": halves})
        assert set(life.edges.date) == {"2014"}


class TestObserved:
    SEEN = (box(4000, -1000, 2000),)  # FAR alone

    def test_absence_under_cloud_is_not_healing(self) -> None:
        life = trace(
            {"2013": [box(0, 0, 100), FAR], "2014": [FAR], "2015": [box(0, 0, 100), FAR]},
            observed={"2014": self.SEEN},
        )
        assert [states[1] for states in told(life).values()] == ["new", "unobserved", "persistent"]

    def test_healing_is_told_when_it_is_seen(self) -> None:
        life = trace(
            {"2013": [box(0, 0, 100), FAR], "2014": [FAR], "2015": [FAR]},
            observed={"2014": self.SEEN},
        )
        assert [states[1] for states in told(life).values()] == ["new", "unobserved", "healed"]
        assert life.ledger.healed_m2.tolist() == [0, 0, 10_000]

    def test_half_under_cloud_and_the_other_half_bare_of_landslide(self) -> None:
        def state(share: float) -> str:
            seen = [box(-1000, -1000, 1040, 3000)]  # the western 40 of 100 m
            return told(
                trace(
                    {"2013": [box(0, 0, 100)], "2014": []},
                    LifecycleRules(minimum_observed=share),
                    {"2014": seen},
                )
            )["2014"][1]

        assert (state(0.5), state(0.4)) == ("unobserved", "healed")

    def test_a_cloud_over_half_a_landslide_does_not_shrink_it(self) -> None:
        # the eastern half cannot be seen, the western is mapped: what could be seen of it is all there
        life = trace(
            {"2013": [box(0, 0, 100)], "2014": [box(0, 0, 50, 100)], "2015": [box(0, 0, 100)]},
            observed={"2014": [box(-500, -500, 550, 2000)]},
        )
        assert [states[1] for states in told(life).values()] == ["new", "persistent", "persistent"]
        assert life.ledger.unobserved_m2.tolist() == [0, 5000, 0]

    def test_ground_first_seen_later_is_not_growth(self) -> None:
        life = trace(
            {"2013": [box(0, 0, 50, 100)], "2014": [box(0, 0, 100)]},
            observed={"2013": [box(-500, -500, 550, 2000)]},
        )
        assert told(life)["2014"] == {1: "persistent"}
        assert life.ledger.first_seen_m2.tolist() == [0, 5000]

    def test_mapped_ground_was_seen_whatever_the_mask_says(self) -> None:
        life = trace({"2013": [box(0, 0, 100)], "2014": [box(0, 0, 100)]}, observed={"2014": []})
        assert told(life)["2014"] == {1: "persistent"}

    def test_increments_do_not_heal(self) -> None:
        life = trace(
            {"2013": [box(0, 0, 100)], "2014": [FAR], "2015": [box(0, 0, 100, 150)]},
            LifecycleRules(increments=True),
        )
        assert told(life)["2014"] == {1: "unobserved", 2: "new"}
        assert told(life)["2015"] == {1: "expanded", 2: "unobserved"}

    def test_a_mask_of_many_corners_gives_the_same(self) -> None:
        comb = shapely.union_all([box(10 * i, 0, 5, 300) for i in range(200)])
        plain = shapely.get_parts(comb)
        dates = {"2013": [box(0, 0, 400, 50), FAR], "2014": [FAR]}
        rules = LifecycleRules(minimum_observed=1.0)
        one, other = (trace(dates, rules, {"2014": seen}).ledger for seen in ([comb], plain))
        assert np.allclose(one.drop(columns="date"), other.drop(columns="date"))
        assert one.healed_m2[1] == pytest.approx(40 * 5 * 50)


class TestMessyPolygons:
    def test_duplicates_are_one_landslide(self) -> None:
        life = trace({"2013": [box(0, 0, 100), box(0, 0, 100), FAR]})
        assert len(life.landslides) == 2
        assert life.ledger[["polygons", "landslides", "raw_area_m2", "area_m2"]].iloc[
            0
        ].tolist() == [3, 2, 30_000, 20_000]

    def test_nested_is_part_of_the_larger(self) -> None:
        assert follow([box(0, 0, 100), box(20, 20, 10)]) == {"2013": {1: "new"}}

    def test_overlapping_neighbours_stay_two_and_share_no_ground(self) -> None:
        # 20 of 100 m overlap: the ground goes to one of them, and the same inventory again is the same two
        shapes = [box(0, 0, 100), box(80, 0, 100)]
        life = trace({"2013": shapes, "2014": shapes})
        assert told(life)["2014"] == {1: "persistent", 2: "persistent"}
        assert life.ledger.area_m2.tolist() == [18_000, 18_000]
        assert sorted(life.observations.area_m2[life.observations.date == "2013"]) == [8000, 10_000]

    def test_multipart_is_one_landslide(self) -> None:
        both = shapely.MultiPolygon([box(0, 0, 100), box(200, 0, 100)])
        assert follow([both], [both]) == {"2013": {1: "new"}, "2014": {1: "persistent"}}

    def test_sliver_and_point_sized_polygons(self) -> None:
        sliver, speck = shapely.box(0, 0, 1000, 1e-3), shapely.box(0, 50, 1e-7, 50 + 1e-7)
        life = trace({"2013": [sliver, speck], "2014": [sliver]})
        assert len(life.landslides) == 1
        assert life.ledger.area_m2[0] == pytest.approx(1.0)

    def test_geometry_kinds_of_the_layers(self) -> None:
        life = trace(
            {"2013": [box(0, 0, 100), FAR], "2014": [box(0, 0, 40, 100), box(60, 0, 40, 100)]},
            crs="EPSG:32645",
        )
        for name, layer in life.layers.items():
            assert layer.crs == "EPSG:32645", name
            assert set(layer.geom_type) <= {"Polygon", "MultiPolygon"}, name


def test_no_inventory() -> None:
    with pytest.raises(InventoryError, match="no inventory to trace"):
        trace({})


@pytest.mark.parametrize(
    "name", ["minimum_overlap", "changed_share", "minimum_observed", "nested_share"]
)
def test_shares_are_checked(name: str) -> None:
    with pytest.raises(ParamsError, match=f"{name} is 1.5; give a share"):
        LifecycleRules(**{name: 1.5})


def test_tolerance_is_checked() -> None:
    with pytest.raises(ParamsError, match="tolerance_m is -1; give metres"):
        LifecycleRules(tolerance_m=-1)


# ---- properties -------------------------------------------------------------------------------------------------------------------

cells = st.integers(0, 12)
sizes = st.integers(1, 6)
boxes = st.builds(
    lambda x, y, w, h: shapely.box(10 * x, 10 * y, 10 * (x + w), 10 * (y + h)),
    cells,
    cells,
    sizes,
    sizes,
)
inventories = st.lists(boxes, max_size=7)
histories = st.lists(inventories, min_size=1, max_size=4)


def dated(dates: list[list[shapely.Geometry]]) -> dict[str, list[shapely.Geometry]]:
    return {str(2013 + i): shapes for i, shapes in enumerate(dates)}


def table(life: Lifecycle) -> list[tuple[object, ...]]:
    rows = life.observations
    return list(zip(rows.landslide_id, rows.date, rows.state, rows.area_m2.round(3), strict=True))


@settings(max_examples=15, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_polygons_does_not_matter(
    dates: list[list[shapely.Geometry]], random: object
) -> None:
    shuffled = [random.sample(shapes, len(shapes)) for shapes in dates]  # type: ignore[attr-defined]
    one, other = trace(dated(dates)), trace(dated(shuffled))
    assert table(one) == table(other)
    assert one.edges.drop(columns="geometry").equals(other.edges.drop(columns="geometry"))


# Of two equal neighbours, which one goes on?
TIE = [[shapely.box(10, 20, 70, 80), shapely.box(70, 40, 80, 100)], [shapely.box(50, 80, 70, 100)]]


@settings(max_examples=15, deadline=None)
@given(histories, st.integers(-900, 900), st.integers(-900, 900))
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
@given(histories, inventories)
def test_a_later_date_changes_nothing_earlier(
    dates: list[list[shapely.Geometry]], later: list[shapely.Geometry]
) -> None:
    before, after = table(trace(dated(dates))), table(trace(dated([*dates, later])))
    assert after[: len(before)] == before


@settings(max_examples=15, deadline=None)
@given(histories)
def test_the_same_inventory_again_is_all_persistent(dates: list[list[shapely.Geometry]]) -> None:
    life = trace(dated([*dates, dates[-1]]))
    last = life.observations[life.observations.date == str(2013 + len(dates))]
    assert set(last.state) <= {"persistent"}
    assert life.ledger.new_m2.iloc[-1] == pytest.approx(0, abs=1e-6)
    assert life.ledger.healed_m2.iloc[-1] == pytest.approx(0, abs=1e-6)
    assert life.ledger.split.iloc[-1] == life.ledger.merged.iloc[-1] == 0


@settings(max_examples=15, deadline=None)
@given(histories)
def test_ground_belongs_to_one_landslide_only(dates: list[list[shapely.Geometry]]) -> None:
    life = trace(dated(dates))
    everything = shapely.union_all([shape for shapes in dates for shape in shapes])
    assert life.landslides.footprint_m2.sum() == pytest.approx(everything.area, abs=1e-3)
    assert shapely.union_all(life.landslides.geometry.to_numpy()).area == pytest.approx(
        everything.area, abs=1e-3
    )
