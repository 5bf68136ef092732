"""Truth about the landslides."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from slidelens.demo.landslides.body import Body
from slidelens.demo.landslides.history import Event
from slidelens.demo.landslides.truth import observation_row, summarise_landslides
from support.studies import UTM, box, grid_of

GRID = grid_of(40, 40)
CELLS = np.zeros((40, 40), np.float32)
BODY = Body(slice(10, 30), slice(10, 30), CELLS, CELLS, CELLS, 25.0, 10_000.0)


def test_a_landslide_that_is_mostly_hidden_is_unobserved() -> None:
    """Its 10 × 10 pixels lie in rows 10 to 19; nodata in 5 of them is a half, in 6 more."""
    ground = np.zeros((40, 40), bool)
    ground[:20, :20] = True
    event = Event("2013", "new", 1.0, 1.0)
    states = []
    for hidden_rows in (5, 6):
        valid = np.ones(GRID.shape, bool)
        valid[10 : 10 + hidden_rows] = False
        row = observation_row(7, event, BODY, ground, valid, GRID)
        states.append((row["state"], row["true_state"]))
    assert states == [("new", "new"), ("unobserved", "new")]
    assert (row["landslide_id"], row["date"]) == (7, "2013")
    assert row["area_m2"] == pytest.approx(100 * 100, rel=0.05)
    assert row["geometry"].intersection(box(GRID, 10, 10, 10, 10)).area > 0.95 * 100 * 100


def test_a_healed_landslide_has_no_outline() -> None:
    event = Event("2013", "healed", 0.0, 0.2)
    valid = np.ones(GRID.shape, bool)
    row = observation_row(7, event, BODY, np.zeros((40, 40), bool), valid, GRID)
    assert row["geometry"].is_empty
    assert (row["state"], row["area_m2"]) == ("healed", 0)


def test_the_summary_leaves_out_healed_dates() -> None:
    small, large = shapely.box(0, 0, 10, 10), shapely.box(0, 0, 20, 10)
    rows = [
        (1, "2013", "new", 100.0, small),
        (1, "2014", "expanded", 200.0, large),
        (1, "2015", "healed", 0.0, shapely.Polygon()),
    ]
    columns = ["landslide_id", "date", "true_state", "area_m2", "geometry"]
    (row,) = summarise_landslides(gpd.GeoDataFrame(rows, columns=columns, crs=UTM)).itertuples()
    assert (row.first_date, row.last_date, row.dates) == ("2013", "2014", 2)
    assert row.largest_area_m2 == 200
    assert row.geometry.equals(large)
