"""Kernel densities against their formula."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from hypothesis import example, given
from hypothesis import strategies as st
from rasterio.crs import CRS

from slidelens.analysis.inventory.kernel_density import (
    CONVENTIONS,
    default_cell_m,
    density_of_points,
    find_peak,
    kernel_density,
    surface_grid,
    surface_unit,
)
from slidelens.analysis.inventory.search_radius import default_radius_m
from slidelens.errors import GridError, ParamsError
from slidelens.geo.grid import Grid, covering_grid
from slidelens.geo.vectors.inventory import read_inventory
from slidelens.types import Float64
from support.studies import grid_of

UTM = CRS.from_epsg(32645)


def by_definition(points: Float64, grid: Grid, radius_m: float, weights: Float64) -> Float64:
    """The formula, cell by cell and point by point."""
    row, column = np.mgrid[0.5 : grid.height, 0.5 : grid.width]
    left, _, _, top = grid.bounds
    x, y = left + column * grid.pixel_m, top - row * grid.pixel_m
    share = ((x[..., None] - points[:, 0]) ** 2 + (y[..., None] - points[:, 1]) ** 2) / radius_m**2
    kernels = weights * np.where(share < 1, (1 - share) ** 2, 0)
    return np.asarray(3 / (math.pi * radius_m**2) * 1e6 * kernels.sum(-1))


places = st.lists(
    st.tuples(st.floats(-60, 460), st.floats(-60, 260), st.floats(0, 5)), min_size=1, max_size=6
)


@example([(0.0, 128.24686557068264, 1.0)], 6.0)
@given(places, st.floats(3, 600))
def test_the_surface_is_the_formula(
    drawn: list[tuple[float, float, float]], radius_m: float
) -> None:
    grid = grid_of(20, 40)
    points = np.array([(320_000 + x, 3_110_000 - y) for x, y, _ in drawn])
    weights = np.array([weight for _, _, weight in drawn])
    expected = by_definition(points, grid, radius_m, weights)
    np.testing.assert_allclose(
        kernel_density(points, grid, radius_m, weights),
        expected,
        rtol=1e-6,
        atol=1e-9 * 1e6 / radius_m**2,
    )


def test_strips_join_without_a_seam() -> None:
    grid = grid_of(30, 700)
    points = np.random.default_rng(1).uniform((320_000, 3_109_700), (327_000, 3_110_000), (200, 2))
    expected = by_definition(points, grid, 75.0, np.ones(200))
    surface = kernel_density(points, grid, 75.0)
    np.testing.assert_allclose(surface, expected, rtol=1e-6, atol=1e-6)
    assert ((surface == 0) == (expected == 0)).all()


def test_the_height_over_one_landslide() -> None:
    # 3 / (π R²) with R = 0.1 km: 3 / (π · 0.01) = 95.49 per km² in the cell whose centre is the
    # point, and 0.5625 of it at half the radius
    grid = grid_of(41, 41)
    surface = kernel_density(np.array([grid.transform @ (20.5, 20.5)]), grid, 100.0)
    assert surface[20, 20] == pytest.approx(95.493, abs=1e-3)
    assert surface[20, 25] == pytest.approx(95.493 * 0.5625, abs=1e-3)
    assert surface[20, 30] == 0


def test_the_volume_is_the_number_of_landslides() -> None:
    grid = grid_of(120, 120)
    points = np.random.default_rng(2).uniform((320_300, 3_109_100), (320_900, 3_109_700), (17, 2))
    density = density_of_points(points, grid, 1e6, radius_m=200.0)
    assert density.inside_share == pytest.approx(1, abs=1e-5)
    assert density.surface.sum() * 100 / 1e6 == pytest.approx(17, rel=1e-5)


def test_no_share_is_over_1() -> None:
    grid = grid_of(20, 20)
    for x in range(20):  # on cells of a third of the radius, sums are a little off either way
        points = np.array([[320_095.0 + x, 3_109_905.0]])
        share = density_of_points(points, grid, 1e6, radius_m=30.0).inside_share
        assert share is not None
        assert 0.9 < share <= 1


def test_half_of_a_landslide_on_the_edge_is_lost() -> None:
    grid = grid_of(100, 100)
    density = density_of_points(np.array([[320_000.0, 3_109_500.0]]), grid, 1e6, radius_m=200.0)
    assert density.inside_share == pytest.approx(0.5, abs=1e-4)


def test_qgis_is_a_constant_times_esri() -> None:
    grid = grid_of(20, 20)
    points = np.array([[320_050.0, 3_109_950.0], [320_120.0, 3_109_900.0]])
    esri, qgis = (kernel_density(points, grid, 90.0, convention=name) for name in ("esri", "qgis"))
    # 116/5 · 15/16 / 3 = 7.25
    np.testing.assert_allclose(qgis, 7.25 * esri, rtol=1e-6)
    assert density_of_points(
        points, grid, 1e6, radius_m=60.0, convention="qgis"
    ).inside_share == pytest.approx(
        density_of_points(points, grid, 1e6, radius_m=60.0).inside_share or 0, rel=1e-6
    )


def test_qgis_constant_is_its_source_codes() -> None:
    assert CONVENTIONS["qgis"] / 30**2 == pytest.approx(116 / (5 * math.pi * 30**2) * 15 / 16)


def test_no_landslide_is_a_density_of_0() -> None:
    density = density_of_points(np.empty((0, 2)), grid_of(4, 4), 1600.0)
    assert (
        density.n,
        density.radius_m,
        density.peak_per_km2,
        density.peak_at,
        density.mean_per_km2,
    ) == (0, None, 0.0, None, 0.0)
    assert density.inside_share is None
    assert (density.surface == 0).all()


def test_one_landslide_has_a_mean_and_no_peak() -> None:
    density = density_of_points(np.array([[320_020.0, 3_109_980.0]]), grid_of(4, 4), 2e6)
    assert (density.n, density.radius_m, density.peak_per_km2, density.mean_per_km2) == (
        1,
        None,
        None,
        0.5,
    )
    assert (density.surface == 0).all()


def test_off_the_mapped_ground_there_is_no_value() -> None:
    grid = grid_of(10, 10)
    mapped = np.zeros(grid.shape, bool)
    mapped[:, :5] = True
    points = np.array([grid.transform @ (7.5, 4.5), grid.transform @ (2.5, 4.5)])
    density = density_of_points(points, grid, 5000.0, radius_m=30.0, mapped=mapped)
    assert np.isnan(density.surface[:, 5:]).all()
    assert np.isfinite(density.surface[:, :5]).all()
    assert density.peak_at == pytest.approx(grid.transform @ (2.5, 4.5))


@given(st.permutations(range(12)))
def test_the_order_of_landslides_does_not_matter(order: list[int]) -> None:
    points = np.random.default_rng(3).uniform((320_000, 3_109_800), (320_200, 3_110_000), (12, 2))
    weights = np.random.default_rng(4).uniform(0, 9, 12)
    grid = grid_of(20, 20)
    density, shuffled = (
        density_of_points(points[rows], grid, 4e4, weights=weights[rows])
        for rows in (np.arange(12), np.array(order))
    )
    assert (density.surface == shuffled.surface).all()
    assert density.summary() == {
        **shuffled.summary(),
        "mean_per_km2": pytest.approx(shuffled.mean_per_km2),
        "inside_share": pytest.approx(shuffled.inside_share),
    }


def test_moving_everything_moves_the_surface() -> None:
    points = np.random.default_rng(5).uniform((320_000, 3_109_800), (320_200, 3_110_000), (9, 2))
    grid = grid_of(20, 20)
    moved = Grid(UTM, Affine.translation(1000, -500) @ grid.transform, 20, 20)
    np.testing.assert_allclose(
        kernel_density(points, grid, 70.0),
        kernel_density(points + np.array([1000, -500]), moved, 70.0),
        rtol=1e-5,
    )


def test_a_radius_larger_than_the_grid() -> None:
    grid = grid_of(3, 3)
    points = np.array([grid.transform @ (1.5, 1.5)])
    np.testing.assert_allclose(
        kernel_density(points, grid, 5000.0),
        by_definition(points, grid, 5000.0, np.ones(1)),
        rtol=1e-6,
    )


def test_the_peak_of_nothing_is_nothing() -> None:
    assert find_peak(np.full((2, 2), np.nan, np.float32), grid_of(2, 2)) is None


def test_default_cell_is_the_shorter_side_over_250() -> None:
    assert default_cell_m((0, 0, 5000, 2500)) == 10
    assert default_cell_m((1000, 2000, 6000, 2500)) == 2
    assert default_cell_m((3000, -100, 3250, 400)) == 1


def test_a_surface_grid_covers_the_bounds() -> None:
    grid = surface_grid((320_003, 3_109_995, 320_027, 3_110_000), UTM, 10)
    assert grid.bounds == (320_000, 3_109_990, 320_030, 3_110_000)
    with pytest.raises(ParamsError, match="the cell is 0 m; give one over 0 m"):
        surface_grid((0, 0, 10, 10), UTM, 0)
    # 20 × 20 km in cells of 1 m
    with pytest.raises(ParamsError, match=r"cells of 1 m make 4e\+08 of them .*; give larger ones"):
        surface_grid((0, 0, 20_000, 20_000), UTM, 1)


def test_bad_radius_convention_and_grid_are_refused() -> None:
    point, grid = np.array([[320_005.0, 3_109_995.0]]), grid_of(2, 2)
    with pytest.raises(ParamsError, match=r"the search radius is 0 m; give one over 0 m"):
        kernel_density(point, grid, 0.0)
    with pytest.raises(ParamsError, match=r"convention is 'arcgis'; choose esri or qgis"):
        kernel_density(point, grid, 10.0, convention="arcgis")
    with pytest.raises(GridError, match=r"EPSG:4326 is not in metres"):
        kernel_density(point, Grid(CRS.from_epsg(4326), Affine(0.1, 0, 0, 0, -0.1, 0), 2, 2), 10.0)


def test_nepal_2015_has_the_checked_values(real_data: Path) -> None:
    frame = read_inventory(real_data / "inventories" / "nepal" / "2015.gpkg")
    points = frame.centroid.get_coordinates().to_numpy()
    radius_m = default_radius_m(points)
    assert radius_m == pytest.approx(1021, abs=0.5)
    density = density_of_points(points, covering_grid(tuple(frame.total_bounds), UTM, 25.0), 33e6)
    assert density.peak_per_km2 == pytest.approx(11.60, abs=0.01)


def test_the_scale_of_qgis_is_no_density() -> None:
    assert surface_unit("m² per km²", "esri") == "m² per km²"
    assert surface_unit("m² per km²", "qgis") == "QGIS scale (7.25 times m² per km²)"
