"""Statistics of an inventory by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slidelens.analysis.inventory.statistics import (
    InventoryStatistics,
    difference,
    inventory_statistics,
)
from slidelens.geo.vectors.inventory import read_inventory

areas = st.lists(st.floats(1, 1e6), max_size=20)


def test_statistics_by_hand() -> None:
    # 300 + 200 + 1000 = 1500 m²; 3 landslides on 2 km²
    assert inventory_statistics([300, 200, 1000], 2e6) == InventoryStatistics(
        3, 1500.0, 200.0, 1000.0, 1.5
    )


def test_an_empty_inventory_has_no_smallest_landslide() -> None:
    assert inventory_statistics([], 2e6) == InventoryStatistics(0, 0.0, None, None, 0.0)


def test_without_a_mapped_area_there_is_no_mean_density() -> None:
    assert inventory_statistics([300]).mean_per_km2 is None


def test_names_for_metrics_files() -> None:
    assert inventory_statistics([300], 1e6).named("manual") == {
        "manual_count": 1,
        "manual_total_area_m2": 300.0,
        "manual_min_area_m2": 300.0,
        "manual_max_area_m2": 300.0,
        "manual_mean_per_km2": 1.0,
    }


def test_difference_is_predicted_less_manual() -> None:
    found = difference(inventory_statistics([250, 400], 1e6), inventory_statistics([300], 1e6))
    assert found == {
        "count": 1,
        "total_area_m2": 350.0,
        "min_area_m2": -50.0,
        "max_area_m2": 100.0,
        "mean_per_km2": 1.0,
    }


def test_a_difference_from_nothing_has_no_smallest_landslide() -> None:
    found = difference(inventory_statistics([250], 1e6), inventory_statistics([], 1e6))
    assert (found["count"], found["min_area_m2"]) == (1, None)


@given(areas)
def test_order_makes_no_difference(drawn: list[float]) -> None:
    assert inventory_statistics(drawn, 1e6) == inventory_statistics(drawn[::-1], 1e6)


@given(areas, areas)
def test_a_difference_changes_sign_when_swapped(first: list[float], second: list[float]) -> None:
    statistics = inventory_statistics(first), inventory_statistics(second)
    there, back = difference(*statistics), difference(*statistics[::-1])
    assert all(
        (there[name] is None and back[name] is None) or there[name] == -float(back[name] or 0)
        for name in there
    )


def test_nepal_2015(real_data: Path) -> None:
    frame = read_inventory(real_data / "inventories" / "nepal" / "2015.gpkg")
    found = inventory_statistics(np.asarray(frame.area), 33e6)
    assert found.count == 98
    assert found.mean_per_km2 == pytest.approx(98 / 33)
    assert found.total_area_m2 == pytest.approx(1_123_609, abs=1)
