"""Footprints, standing ground, and ground that a date did not observe."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from slidelens.analysis.lifecycle.footprints import (
    empty_memory,
    enlarge,
    never_seen,
    update_footprints,
    update_memory,
)
from slidelens.analysis.lifecycle.identity import NOBODY
from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.analysis.lifecycle.tracking import trace
from slidelens.analysis.overlay import overlaps, shapes_of
from support.inventories.lifecycle import FAR, box, states_of


class TestObserved:
    SEEN = (box(4000, -1000, 2000),)  # FAR alone

    def test_absence_under_cloud_is_not_healing(self) -> None:
        life = trace(
            {"2013": [box(0, 0, 100), FAR], "2014": [FAR], "2015": [box(0, 0, 100), FAR]},
            observed={"2014": self.SEEN},
        )
        assert [states[1] for states in states_of(life).values()] == [
            "new",
            "unobserved",
            "persistent",
        ]

    def test_healing_is_told_when_it_is_seen(self) -> None:
        life = trace(
            {"2013": [box(0, 0, 100), FAR], "2014": [FAR], "2015": [FAR]},
            observed={"2014": self.SEEN},
        )
        assert [states[1] for states in states_of(life).values()] == ["new", "unobserved", "healed"]
        assert life.ledger.healed_m2.tolist() == [0, 0, 10_000]

    def test_half_under_cloud_and_the_other_half_bare_of_landslide(self) -> None:
        def state(share: float) -> str:
            seen = [box(-1000, -1000, 1040, 3000)]  # the western 40 of 100 m
            return states_of(
                trace(
                    {"2013": [box(0, 0, 100)], "2014": []},
                    LifecycleRules(minimum_observed=share),
                    {"2014": seen},
                )
            )["2014"][1]

        assert (state(0.5), state(0.4)) == ("unobserved", "healed")

    def test_ground_that_a_neighbour_covers_tells_nothing_of_healing(self) -> None:
        """A neighbour takes 20 of 100 m, too little to merge; half of the rest must be bare."""

        def state(observed_to_m: float) -> str:
            return states_of(
                trace(
                    {
                        "2013": [box(-200, 0, 200, 100), box(0, 0, 100)],
                        "2014": [box(-200, 0, 220, 100)],
                    },
                    observed={"2014": [box(-500, -500, 500 + observed_to_m, 2000)]},
                )
            )["2014"][2]

        assert (state(59), state(61)) == ("unobserved", "healed")

    def test_a_cloud_over_half_a_landslide_does_not_shrink_it(self) -> None:
        # the eastern half cannot be seen, the western is mapped: what could be seen of it is all
        # there
        life = trace(
            {"2013": [box(0, 0, 100)], "2014": [box(0, 0, 50, 100)], "2015": [box(0, 0, 100)]},
            observed={"2014": [box(-500, -500, 550, 2000)]},
        )
        assert [states[1] for states in states_of(life).values()] == [
            "new",
            "persistent",
            "persistent",
        ]
        assert life.ledger.unobserved_m2.tolist() == [0, 5000, 0]

    def test_ground_first_seen_later_is_not_growth(self) -> None:
        life = trace(
            {"2013": [box(0, 0, 50, 100)], "2014": [box(0, 0, 100)]},
            observed={"2013": [box(-500, -500, 550, 2000)]},
        )
        assert states_of(life)["2014"] == {1: "persistent"}
        assert life.ledger.first_seen_m2.tolist() == [0, 5000]

    def test_mapped_ground_was_seen_whatever_the_mask_says(self) -> None:
        life = trace({"2013": [box(0, 0, 100)], "2014": [box(0, 0, 100)]}, observed={"2014": []})
        assert states_of(life)["2014"] == {1: "persistent"}

    def test_increments_do_not_heal(self) -> None:
        life = trace(
            {"2013": [box(0, 0, 100)], "2014": [FAR], "2015": [box(0, 0, 100, 150)]},
            LifecycleRules(increments=True),
        )
        assert states_of(life)["2014"] == {1: "unobserved", 2: "new"}
        assert states_of(life)["2015"] == {1: "expanded", 2: "unobserved"}

    def test_a_mask_of_many_corners_gives_the_same(self) -> None:
        comb = shapely.union_all([box(10 * i, 0, 5, 300) for i in range(200)])
        plain = shapely.get_parts(comb)
        dates = {"2013": [box(0, 0, 400, 50), FAR], "2014": [FAR]}
        rules = LifecycleRules(minimum_observed=1.0)
        whole, teeth = (trace(dates, rules, {"2014": seen}).ledger for seen in ([comb], plain))
        assert np.allclose(whole.drop(columns="date"), teeth.drop(columns="date"))
        assert whole.healed_m2[1] == pytest.approx(40 * 5 * 50)


class TestMemory:
    def test_new_landslides_have_no_ground_yet(self) -> None:
        memory = enlarge(enlarge(empty_memory(), 2, 0), 1, 1)
        assert len(memory) == 3
        assert memory.first.tolist() == [0, 0, 1]
        assert memory.last.tolist() == memory.heir.tolist() == [NOBODY] * 3
        assert shapely.area(memory.footprint).tolist() == [0, 0, 0]

    def test_one_date_by_hand(self) -> None:
        # two bodies of one landslide, 100 × 40 m each
        bodies = shapes_of([box(0, 0, 40, 100), box(60, 0, 40, 100)])
        before, owner = enlarge(empty_memory(), 1, 0), np.array([0, 0])
        pairs = overlaps(bodies, before.footprint)
        update = update_footprints(before, bodies, owner, pairs, None, LifecycleRules())
        memory = update_memory(before, update, None, 0)
        assert memory.pieces.tolist() == [2]
        assert memory.last.tolist() == [0]
        assert shapely.area(memory.footprint).tolist() == [8000]
        assert shapely.area(memory.standing).tolist() == [8000]
        assert memory.seen == (None,)


class TestNeverSeen:
    SHAPE = shapes_of([box(0, 0, 10)])

    def test_ground_outside_every_region(self) -> None:
        # 3 and 2 m of 10 m are seen
        regions = [shapes_of([box(0, 0, 3, 10)]), shapes_of([box(8, 0, 5, 10)])]
        assert shapely.area(never_seen(self.SHAPE, regions)).tolist() == [50]

    def test_a_date_that_saw_everything(self) -> None:
        assert shapely.area(never_seen(self.SHAPE, [None])).tolist() == [0]
        assert shapely.area(never_seen(self.SHAPE, [])).tolist() == [100]
