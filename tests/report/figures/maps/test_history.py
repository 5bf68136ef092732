"""Which landslide the history figure shows."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd

from slidelens.report.figures.maps.history import confirmed_landslides, most_eventful_landslide
from support.report.results import GRID, date_results
from support.studies import UTM, box


def test_the_landslide_with_the_most_states_is_shown() -> None:
    rows = [(1, "a", "new", 9e5), (1, "b", "persistent", 9e5), (1, "c", "persistent", 9e5)]
    rows += [(2, "a", "new", 1.0), (2, "b", "healed", 0.0), (2, "c", "reactivated", 1.0)]
    frame = gpd.GeoDataFrame(
        rows, columns=["landslide_id", "date", "state", "area_m2"], geometry=[None] * 6
    )
    assert most_eventful_landslide(frame) == 2
    assert most_eventful_landslide(frame[:0]) is None


def test_a_landslide_that_touches_no_manual_one_is_not_shown() -> None:
    """Landslide 1 is mapped at both dates; 2 is a false alarm at the first.

    At the second it has healed, so that it has no outline to confirm.
    """
    here, there = box(GRID, 0, 0, 5, 5), box(GRID, 20, 20, 5, 5)
    rows = [
        (1, "2013", 1.0, here),
        (1, "2014", 1.0, here),
        (2, "2013", 1.0, there),
        (2, "2014", 0.0, there),
    ]
    frame = gpd.GeoDataFrame(rows, columns=["landslide_id", "date", "area_m2", "geometry"], crs=UTM)
    both = [
        replace(date_results([box(GRID, 3, 3, 9, 9)], []), date=date) for date in ("2013", "2014")
    ]
    assert confirmed_landslides(frame, both)["landslide_id"].tolist() == [1, 1]
    unmapped = replace(date_results(None, []), date="2013")  # without a manual inventory
    assert len(confirmed_landslides(frame, [unmapped])) == 4
