"""Kernel densities of two inventories."""

from __future__ import annotations

import pytest

from slidelens.analysis.inventory.kernel_density import kernel_density, surface_grid
from slidelens.analysis.inventory.search_radius import default_radius_m
from slidelens.api.comparison.density_difference import compare_densities
from slidelens.api.comparison.inventory_pair import read_pair
from support.inventories.comparison import HIT, OBSERVED, PREDICTED, frame_of, square


def test_both_are_computed_with_the_radius_of_the_observed_landslides() -> None:
    pair = read_pair(OBSERVED, PREDICTED)
    difference = compare_densities(pair)
    centroids = OBSERVED.centroid.get_coordinates().to_numpy()
    assert difference.radius_m == default_radius_m(centroids)
    assert difference.area_km2 == pytest.approx(0.36)  # 600 × 600 m
    assert difference.mean_per_km2["observed"] == pytest.approx(2 / 0.36)


def test_the_largest_difference_is_that_of_the_surfaces() -> None:
    pair = read_pair(OBSERVED, PREDICTED)
    difference, grid = compare_densities(pair), surface_grid(pair.bounds, pair.crs)
    assert difference.radius_m is not None
    surfaces = [
        kernel_density(frame.centroid.get_coordinates().to_numpy(), grid, difference.radius_m)
        for frame in (OBSERVED, PREDICTED)
    ]
    assert difference.peak_per_km2 == {
        name: pytest.approx(surface.max())
        for name, surface in zip(("observed", "predicted"), surfaces, strict=True)
    }
    largest = abs(surfaces[0] - surfaces[1]).max()
    assert difference.largest_difference_per_km2 == pytest.approx(largest)


def test_a_single_observed_landslide_borrows_the_radius_of_the_predicted_ones() -> None:
    difference = compare_densities(read_pair(frame_of(HIT), PREDICTED))
    assert difference.radius_m == default_radius_m(PREDICTED.centroid.get_coordinates().to_numpy())


def test_without_a_radius_there_is_no_difference() -> None:
    difference = compare_densities(
        read_pair(frame_of(HIT), frame_of(HIT), frame_of(square(-500, -500, 1000)))
    )
    assert difference.radius_m is None
    assert difference.largest_difference_per_km2 is None
    assert difference.mean_per_km2 == {"observed": 1.0, "predicted": 1.0}


def test_an_area_without_the_centre_of_a_cell_has_no_difference() -> None:
    """The cells are large, as the two parts of the area lie far apart."""
    far = square(49_990, 39_990, 30)
    observed, predicted = (frame_of(square(x, 0, 5), square(50_000, 40_000, 5)) for x in (0, 1))
    difference = compare_densities(
        read_pair(observed, predicted, frame_of(square(-9, -9, 19), far))
    )
    assert difference.radius_m is not None
    assert difference.peak_per_km2 == {"observed": None, "predicted": None}
    assert difference.largest_difference_per_km2 is None
