"""The state of a landslide at each date."""

from __future__ import annotations

import shapely

from slidelens.analysis.lifecycle.rules import STATES, LifecycleRules
from slidelens.analysis.lifecycle.tracking import trace
from support.inventories.lifecycle import FAR, box, follow


def test_first_date_is_all_new() -> None:
    assert follow([box(0, 0, 100), FAR]) == {"2013": {1: "new", 2: "new"}}


def test_growth_of_a_fifth_onto_new_ground_is_expansion() -> None:
    assert follow([box(0, 0, 100)], [box(0, 0, 100, 120)])["2014"] == {1: "expanded"}


def test_growth_under_the_threshold_is_persistence() -> None:
    assert follow([box(0, 0, 100)], [box(0, 0, 100, 110)])["2014"] == {1: "persistent"}
    assert follow([box(0, 0, 100)], [box(0, 0, 100, 110)], rules=LifecycleRules(changed_share=0.1))[
        "2014"
    ] == {1: "expanded"}


def test_loss_of_a_fifth_is_shrinking() -> None:
    assert follow([box(0, 0, 100)], [box(0, 0, 100, 80)])["2014"] == {1: "shrinking"}


def test_a_shift_moves_the_outline_and_leaves_the_state() -> None:
    # 40 m of 100 m: 4,000 m² healed and 4,000 m² new, net nothing
    assert follow([box(0, 0, 100)], [box(40, 0, 100)])["2014"] == {1: "persistent"}


def test_the_other_half_of_a_landslide_beyond_the_edge_of_an_image_is_no_growth() -> None:
    west, east = shapely.box(-10, 0, 0, 100), shapely.box(0, 0, 10, 100)
    life = trace(
        {"2013": [west], "2014": [east]},
        observed={
            "2013": [shapely.box(-500, -500, 0, 500)],
            "2014": [shapely.box(0, -500, 500, 500)],
        },
    )
    rows = life.observations
    assert rows["landslide_id"].tolist() == [1, 1]
    assert rows["first_seen_m2"].tolist() == [0, 1000]
    assert rows["state"].tolist() == ["new", "persistent"]


def test_healing_has_a_state_once() -> None:
    states = follow([box(0, 0, 100), FAR], [FAR], [FAR])
    assert states["2014"] == {1: "healed", 2: "persistent"}
    assert states["2015"] == {2: "persistent"}


def test_mapped_again_after_healing_is_reactivation_under_the_old_id() -> None:
    states = follow([box(0, 0, 100)], [], [box(20, 20, 50)])
    assert states["2015"] == {1: "reactivated"}


def test_growth_within_the_old_footprint_is_reactivation() -> None:
    # 100 × 50 m had healed in 2014 and are landslide again; 10 × 100 m are fresh: 5,000 against
    # 1,000 m²
    states = follow([box(0, 0, 100)], [box(0, 0, 100, 50)], [box(0, 0, 110, 100)])
    assert [states[date][1] for date in ("2014", "2015")] == ["shrinking", "reactivated"]


def test_growth_mostly_beyond_the_old_footprint_is_expansion() -> None:
    # 100 × 20 m had healed, 100 × 60 m are fresh
    states = follow([box(0, 0, 100)], [box(0, 0, 100, 80)], [box(0, 0, 100, 160)])
    assert states["2015"] == {1: "expanded"}


def test_nothing_mapped_anywhere() -> None:
    assert follow([], [], []) == {"2013": {}, "2014": {}, "2015": {}}


def test_an_empty_date_between_two() -> None:
    states = follow([box(0, 0, 100)], [], [])
    assert states == {"2013": {1: "new"}, "2014": {1: "healed"}, "2015": {}}


def test_every_state_has_a_name() -> None:
    life = trace(
        {"2013": [box(0, 0, 100), FAR], "2014": [box(0, 0, 100)], "2015": [FAR]},
        observed={"2014": [box(-500, -500, 2000)]},
    )
    assert set(life.observations.state) <= set(STATES)
