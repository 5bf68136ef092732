"""Roads of the simulated valley."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.demo.land_cover.roads import lay_out_roads
from slidelens.demo.relief.lines import Distance
from slidelens.demo.relief.terrain import TRUNK_M2, Terrain

VILLAGE = (96, 150)


@pytest.fixture(scope="module")
def road() -> Distance:
    """Roads on flat ground with a river along column 60 and one village east of it."""
    rows = np.arange(192.0)
    channels = np.column_stack([rows, np.full(192, 60.0), np.full(192, 2 * TRUNK_M2)])
    terrain = Terrain(np.zeros((192, 224), np.float32), 5.0, channels)
    return lay_out_roads(terrain, np.array([VILLAGE]), np.random.default_rng(0))


def test_the_valley_road_is_the_widest_and_runs_from_end_to_end(road: Distance) -> None:
    """Lanes are 0.95 pixels wide, the valley road is 1.5."""
    on_road = road.pixels < 0.7
    assert np.unique(road.value[on_road]).tolist() == pytest.approx([0.95, 1.5])
    rows = np.flatnonzero((on_road & (road.value > 1)).any(axis=1))
    assert rows.min() < 8
    assert rows.max() > 184


def test_a_lane_leads_to_the_village(road: Distance) -> None:
    assert road.pixels[VILLAGE] < 4
    assert road.value[VILLAGE] == pytest.approx(0.95)
