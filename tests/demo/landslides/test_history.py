"""Histories of the landslides."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from slidelens.demo.landslides.history import STATES, max_newcomers, simulate_histories

TABLE_1 = {"2013": 31, "2014": 26, "2015": 136, "2016": 95, "2017": 63, "2018": 55, "2019": 52}


def test_newcomers_by_hand() -> None:
    # 10 → 6: at least 1 of 10 heals; 10 − 6 + round(0.07 · 6) = 4 heal, none is new.
    # 6 → 20: 1 heals, 5 remain, 15 are new.
    assert max_newcomers({"a": 10, "b": 6, "c": 20}) == [10, 0, 15]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=6), st.integers(0, 99))
def test_as_many_are_bare_at_each_date_as_requested(counts: list[int], seed: int) -> None:
    by_date = {str(number): count for number, count in enumerate(counts)}
    rng = np.random.default_rng(seed)
    areas = rng.uniform(300, 9000, sum(max_newcomers(by_date)))
    histories = simulate_histories(by_date, areas, rng)
    assert len(histories) <= len(areas)
    for date, count in by_date.items():
        assert (
            sum(
                event.date == date and event.state != "healed"
                for history in histories
                for event in history
            )
            == count
        )


def test_states_follow_from_areas_and_previous_states() -> None:
    histories = simulate_histories(
        TABLE_1, np.full(sum(max_newcomers(TABLE_1)), 5000.0), np.random.default_rng(2)
    )
    states = {event.state for history in histories for event in history}
    assert states == set(STATES) - {"unobserved"}
    for history in histories:
        assert [event.state for event in history].count("new") == 1
        assert history[0].state == "new"
        for before, after in pairwise(history):
            assert after.date > before.date
            assert (before.state == "healed") <= (after.state == "reactivated")
            assert (after.state == "healed") == (after.area_share == 0)
            assert (after.state == "expanded") <= (after.area_share > 1.2 * before.area_share)
            assert (after.state == "shrinking") <= (0 < after.area_share < 0.85 * before.area_share)
            assert (after.state == "persistent") <= (after.area_share == before.area_share)
