"""New, reactivated and healed ground, per date and per year."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from slidelens.analysis.lifecycle.statistics.evolution import evolution
from slidelens.analysis.lifecycle.tracking import Lifecycle, trace

HERE, THERE = shapely.box(0, 0, 100, 100), shapely.box(5000, 0, 5100, 100)


def history() -> Lifecycle:
    return trace(
        {
            "2013": [HERE],
            # one shrinks by 4,000 m², one of 10,000 m² is new
            "2015": [shapely.box(0, 0, 100, 60), THERE],
            # 4,000 m² are reactivated, 5,000 m² are fresh
            "2016": [HERE, shapely.box(5000, 0, 5100, 150)],
            # one heals as a whole, 10,000 m², and one shrinks by 5,000 m²
            "2017": [THERE],
        }
    )


def test_areas_by_hand() -> None:
    table = evolution(
        history(), {date: float(date) for date in ("2013", "2015", "2016", "2017")}, area_km2=2.0
    ).set_index("date")
    assert table["new_m2"].tolist() == [10_000, 10_000, 5000, 0]
    assert table["reactivated_m2"].tolist() == [0, 0, 4000, 0]
    assert table["healed_m2"].tolist() == [0, 4000, 0, 15_000]
    assert table["new"].tolist() == [1, 1, 0, 0]
    # two years from 2013 to 2015
    rates = ["years", "new_m2_per_year", "emergence_per_year", "emergence_per_km2_year"]
    assert table[rates].to_dict("index")["2015"] == dict(
        zip(rates, [2, 5000, 0.5, 0.25], strict=True)
    )
    assert table[rates].iloc[0].isna().all()


def test_slivers_of_unchanged_landslides_do_not_count() -> None:
    table = evolution(
        trace({"2013": [HERE], "2014": [shapely.box(5, 0, 105, 100)]}),
        {"2013": 2013.0, "2014": 2014.0},
    )
    assert table[["new_m2", "reactivated_m2", "healed_m2"]].iloc[1].tolist() == [0, 0, 0]


def test_rates_need_years() -> None:
    table = evolution(trace({"pre": [], "post": [HERE]}), {"pre": None, "post": None})
    assert table["new_m2"].tolist() == [0, 10_000]
    assert np.isnan(table["new_m2_per_year"]).all()


def test_ground_that_was_never_seen_before_is_no_rate() -> None:
    """The first date sees the west alone; of two landslides of the second one is in the east."""
    west = shapely.box(-100, -100, 1000, 1000)
    life = trace({"2013": [], "2015": [HERE, THERE]}, observed={"2013": [west]})
    table = evolution(life, {"2013": 2013.0, "2015": 2015.0}, area_km2=1.0).set_index("date")
    row = table.to_dict("index")["2015"]
    assert (row["new"], row["first_seen"]) == (2, 1)
    assert (row["new_m2"], row["first_seen_m2"]) == (20_000, 10_000)
    rates = ("new_m2_per_year", "emergence_per_year", "emergence_per_km2_year")
    assert [row[name] for name in rates] == [5000, 0.5, 0.5]


def test_no_landslide_at_all() -> None:
    table = evolution(trace({"2013": [], "2014": []}), {"2013": 2013.0, "2014": 2014.0}, 1.0)
    assert table["new_m2"].tolist() == [0, 0]
    assert table["emergence_per_km2_year"].iloc[1] == pytest.approx(0)
