"""Histories of landslides: ids, layers, and untidy inventories."""

from __future__ import annotations

import pytest
import shapely

from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.analysis.lifecycle.tracking import trace
from slidelens.errors import InventoryError
from support.inventories.lifecycle import FAR, box, follow, states_of


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
        # the small piece shares all of its ground with the landslide, and the whole comes back as
        # the same one
        states = follow([box(0, 0, 100)], [box(70, 70, 30)], [box(0, 0, 100)])
        assert [list(states[date]) for date in states] == [[1], [1], [1]]

    def test_a_complex_does_not_swallow_its_parts_for_ever(self) -> None:
        # 1 and 2 grow together at one date and are mapped apart again at the next: both are found
        # on their own ground
        large, small = box(0, 100, 100), box(0, 0, 60)
        states = follow([large, small], [box(0, 0, 100, 200)], [large, small])
        assert states["2014"] == {1: "expanded"}
        assert list(states["2015"]) == [1, 2]

    def test_neighbours_do_not_chain_through_small_overlaps(self) -> None:
        # each outline of 2014 reaches 20 m into the next one's ground of 2013: a fifth of it, under
        # minimum_overlap
        first = [box(100 * i, 0, 100) for i in range(4)]
        later = [box(100 * i + 20, 0, 100) for i in range(4)]
        assert list(follow(first, later)["2014"]) == [1, 2, 3, 4]

    def test_a_body_spread_over_many_footprints_belongs_to_one_of_them(self) -> None:
        # 100 × 1 m strips of five landslides, none with a quarter of it, nothing left to itself:
        # the same at every later date
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
        assert follow([box(0, 0, 10)], [box(9, 0, 10)], rules=LifecycleRules(tolerance_m=0))[
            "2014"
        ] == {
            1: "healed",
            2: "new",
        }

    def test_the_tolerance_joins_no_neighbours_that_are_there_themselves(self) -> None:
        # a new landslide 2 m beside one that is still there is new
        assert follow([box(0, 0, 10)], [box(0, 0, 10), box(12, 0, 10)])["2014"] == {
            1: "persistent",
            2: "new",
        }


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
        # 20 of 100 m overlap: the ground goes to one of them, and the same inventory again is the
        # same two
        shapes = [box(0, 0, 100), box(80, 0, 100)]
        life = trace({"2013": shapes, "2014": shapes})
        assert states_of(life)["2014"] == {1: "persistent", 2: "persistent"}
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
        assert set(life.layers) == {"observations", "landslides", "edges"}
        for name, layer in life.layers.items():
            assert layer.crs == "EPSG:32645", name
            assert set(layer.geom_type) <= {"Polygon", "MultiPolygon"}, name


def test_no_inventory() -> None:
    with pytest.raises(InventoryError, match="no inventory to trace"):
        trace({})


class TestLayers:
    def test_geometry_is_the_mapped_ground_or_the_ground_before(self) -> None:
        # mapped whole, then its lower half, then not at all: healed, with the ground of 2014
        half = box(0, 0, 100, 50)
        rows = trace({"2013": [box(0, 0, 100)], "2014": [half], "2015": []}).observations
        assert rows.state.tolist() == ["new", "shrinking", "healed"]
        assert shapely.area(rows.geometry).tolist() == [10_000, 5000, 5000]
        assert rows.geometry.iloc[2].equals(half)

    def test_standing_is_the_ground_of_each_date_that_has_not_healed(self) -> None:
        hidden = box(-500, -500, 2000)  # observed at the last date: all but FAR
        life = trace(
            {"2013": [box(0, 0, 100), FAR], "2014": [box(0, 0, 60, 100), FAR], "2015": []},
            observed={"2015": [hidden]},
        )
        areas = [sorted(shapely.area(shapes).tolist()) for shapes in life.standing]
        assert areas == [[10_000, 10_000], [6000, 10_000], [10_000]]
        assert life.standing[2][0].equals(FAR)
