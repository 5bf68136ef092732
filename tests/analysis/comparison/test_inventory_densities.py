"""Manual against predicted inventory of a date."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from shapely import box

from slidelens.analysis.comparison.inventory_densities import (
    InventoryDensities,
    compare_densities,
    unmatched_counts,
)
from slidelens.geo.grid import Grid
from support.studies import UTM

GRID = Grid(CRS.from_user_input(UTM), Affine(10, 0, 0, 0, -10, 1000), 100, 100)  # 1 km × 1 km


def frame(*corners: tuple[float, float]) -> gpd.GeoDataFrame:
    """Return squares of 20 m × 20 m with these lower left corners."""
    return gpd.GeoDataFrame(geometry=[box(x, y, x + 20, y + 20) for x, y in corners], crs=UTM)


def compare(
    manual: gpd.GeoDataFrame | None, predicted: gpd.GeoDataFrame, radius_m: float | None = 100
) -> InventoryDensities:
    """Compare two inventories; the western half of the square kilometre is mapped."""
    mapped = np.zeros(GRID.shape, bool)
    mapped[:, :50] = True
    inventories = {"manual": manual, "predicted": predicted, "predicted_raw": None}
    return compare_densities(
        inventories, mapped, GRID, cell_m=20, radius_m=radius_m, convention="esri"
    )


def test_statistics_of_both_inventories_and_their_difference() -> None:
    table = compare(frame((100, 100), (300, 100)), frame((105, 100))).table
    assert table["mapped_km2"] == 0.5
    assert (table["manual_count"], table["predicted_count"]) == (2, 1)
    assert (table["manual_total_area_m2"], table["predicted_total_area_m2"]) == (800, 400)
    assert table["difference_count"] == -1
    assert (table["manual_missed"], table["predicted_false_alarms"]) == (1, 0)
    assert table["predicted_raw_count"] is None
    assert table["predicted_raw_peak_per_km2"] is None


def test_without_a_manual_inventory_only_the_predicted_one_has_numbers() -> None:
    compared = compare(None, frame((100, 100)))
    assert list(compared.surfaces) == ["predicted"]
    assert compared.table["manual_count"] is None
    assert compared.table["manual_missed"] is None
    assert compared.table["predicted_peak_per_km2"] > 0
    assert not any(name.startswith("difference_") for name in compared.table)


def test_both_surfaces_have_the_default_radius_of_the_manual_inventory() -> None:
    manual = frame((100, 100), (300, 700), (200, 400))
    compared = compare(manual, frame((10, 10), (480, 980)), radius_m=None)
    alone = compare(manual, frame(), radius_m=None)
    assert compared.table["predicted_radius_m"] == compared.table["manual_radius_m"]
    assert compared.table["manual_radius_m"] == alone.table["manual_radius_m"]


def test_cells_without_a_mapped_pixel_have_no_density() -> None:
    compared = compare(frame((100, 100)), frame((100, 100)))
    surface = compared.surfaces["manual"].surface
    assert surface.shape == compared.cells.shape == (50, 50)
    assert np.isfinite(surface[:, :25]).all()
    assert np.isnan(surface[:, 25:]).all()


@pytest.mark.parametrize(("left", "top"), [(0, 1000), (7, 993), (13, 1012)])
def test_a_cell_is_mapped_if_the_pixel_at_its_centre_is(left: float, top: float) -> None:
    grid = Grid(GRID.crs, Affine(10, 0, left, 0, -10, top), 40, 30)
    mapped = np.random.default_rng(0).random(grid.shape) < 0.5
    inventories = {"manual": None, "predicted": frame((100, 900)), "predicted_raw": None}
    compared = compare_densities(
        inventories, mapped, grid, cell_m=20, radius_m=50, convention="esri"
    )
    cells = compared.cells
    expected = np.zeros(cells.shape, bool)
    for row, column in np.ndindex(cells.shape):
        x, y = cells.centre_of(float(row), float(column))
        at = int((top - y) // 10), int((x - left) // 10)
        expected[row, column] = 0 <= at[0] < 40 and 0 <= at[1] < 30 and mapped[at]
    np.testing.assert_array_equal(np.isfinite(compared.surfaces["predicted"].surface), expected)


def test_the_difference_of_the_peaks_is_predicted_minus_manual() -> None:
    table = compare(frame((100, 100)), frame((100, 100), (100, 100), (100, 100))).table
    assert table["difference_peak_per_km2"] == pytest.approx(2 * table["manual_peak_per_km2"])


def test_the_peak_is_that_of_the_quartic_kernel() -> None:
    """One landslide, whose centroid (110, 110) is half a cell from the centre of the cell."""
    peak = compare(frame((100, 100)), frame((100, 100))).table["manual_peak_per_km2"]
    # Esri: 3 / (π r²) (1 − (d / r)²)² at d = 0 m, with r = 0.1 km
    assert peak == pytest.approx(3 / (np.pi * 0.01), rel=1e-3)


def test_landslides_that_touch_none_of_the_other_inventory_are_counted() -> None:
    """Of three predicted one touches two manual ones at their edge and one touches none.

    The third manual one is missed.
    """
    manual, predicted = (
        gpd.GeoDataFrame(geometry=shapes, crs=UTM)
        for shapes in (
            [box(0, 0, 10, 10), box(10, 0, 20, 10), box(50, 50, 60, 60)],
            [box(10, 2, 11, 4), box(0, 8, 5, 12), box(30, 0, 40, 10)],
        )
    )
    assert unmatched_counts(manual, predicted) == {"manual_missed": 1, "predicted_false_alarms": 1}
    whole = gpd.GeoDataFrame(geometry=[box(0, 0, 20, 10), *[box(90, 0, 95, 5)] * 2], crs=UTM)
    assert unmatched_counts(manual[:2], whole) == {"manual_missed": 0, "predicted_false_alarms": 2}
    assert unmatched_counts(None, predicted) == {
        "manual_missed": None,
        "predicted_false_alarms": None,
    }
    assert unmatched_counts(manual, predicted[:0]) == {
        "manual_missed": 3,
        "predicted_false_alarms": 0,
    }
