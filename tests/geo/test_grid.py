"""The grid: one value for CRS, transform and size."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from rasterio.crs import CRS
from rasterio.windows import Window

from slidelens.errors import GridError
from slidelens.geo.grid import Grid, covering_grid, crs_name, utm_crs
from support.studies import UTM, grid_of


def test_bounds_of_a_north_up_grid() -> None:
    # 3 rows and 4 columns of 5 m from (100, 200): 20 m to the east, 15 m to the south
    assert grid_of(3, 4, pixel_m=5, west=100, north=200).bounds == (100, 185, 120, 200)


def test_bounds_of_a_south_up_grid_are_in_the_same_order() -> None:
    assert Grid(UTM, Affine(5, 0, 100, 0, 5, 185), 3, 4).bounds == (100, 185, 120, 200)


@pytest.mark.parametrize("turn_deg", [0, 30, 120, 210, 300])
def test_bounds_of_a_turned_grid_hold_its_corners(turn_deg: float) -> None:
    transform = Affine.translation(100, 200) @ Affine.rotation(turn_deg) @ Affine.scale(5, -5)
    x, y = np.array([transform @ corner for corner in ((0, 0), (4, 0), (0, 3), (4, 3))]).T
    assert Grid(UTM, transform, 3, 4).bounds == (x.min(), y.min(), x.max(), y.max())


def test_pixels_in_metres() -> None:
    grid = grid_of(3, 4, pixel_m=5)
    assert (grid.shape, grid.pixel_m, grid.pixel_area_m2) == ((3, 4), 5, 25)


@pytest.mark.parametrize(
    ("crs", "transform", "line"),
    [
        (
            4326,
            Affine(1e-4, 0, 85, 0, -1e-4, 28),
            "CRS EPSG:4326 is not in metres; use a projected CRS, for example UTM",
        ),
        (2263, Affine(5, 0, 0, 0, -5, 0), "CRS EPSG:2263 is not in metres"),  # New York, feet
        (32645, Affine(5, 0, 0, 0, -10, 0), "pixels are 5 m × 10 m; use square pixels"),
        (32645, Affine(5, 0, 0, 0, 5, 0), "pixels are 5 m × -5 m; use square pixels"),
    ],
)
def test_what_is_not_metric_is_refused(crs: int, transform: Affine, line: str) -> None:
    with pytest.raises(GridError, match=line):
        Grid(CRS.from_epsg(crs), transform, 2, 2).require_metric()


def test_a_grid_without_pixels_is_refused() -> None:
    with pytest.raises(GridError, match="at least one pixel, this one has 0 rows × 4 columns"):
        grid_of(0, 4)


def test_different_grids_are_refused_with_both_values() -> None:
    fine, coarse = grid_of(3, 4, pixel_m=5), grid_of(3, 4, pixel_m=10)
    fine.require_same(grid_of(3, 4, pixel_m=5), "a.tif", "b.tif")
    line = (
        "a.tif and b.tif are on different grids: 3 rows × 4 columns of 5 m in EPSG:32645"
        " and 3 rows × 4 columns of 10 m in EPSG:32645"
    )
    with pytest.raises(GridError, match=line):
        fine.require_same(coarse, "a.tif", "b.tif")


def test_the_part_under_a_window() -> None:
    part = grid_of(10, 10, pixel_m=5, west=100, north=200).window(
        Window(col_off=2, row_off=3, width=4, height=5)
    )
    assert part == grid_of(5, 4, pixel_m=5, west=110, north=185)


def test_pixel_of_a_point_is_row_then_column() -> None:
    # From (100, 200): 12.5 m to the east is column 2.5, 5 m to the south is row 1.
    assert grid_of(3, 4, pixel_m=5, west=100, north=200).pixel_of(112.5, 195) == (1, 2.5)


def test_pixels_of_arrays() -> None:
    rows, columns = grid_of(3, 4, pixel_m=5, west=100, north=200).pixel_of(
        np.array([100.0, 120.0]), np.array([200.0, 185.0])
    )
    np.testing.assert_array_equal(rows, [0, 3])
    np.testing.assert_array_equal(columns, [0, 4])


def test_pixel_of_a_point_on_a_rotated_grid() -> None:
    # A quarter turn: columns run to the north, rows to the east.
    turned = Grid(UTM, Affine(0, 5, 100, 5, 0, 200), 3, 4)
    assert turned.pixel_of(105, 215) == (1, 3)


def test_pixels_of_a_rotated_grid_have_their_size() -> None:
    turned = Grid(UTM, Affine.rotation(90) @ Affine.scale(10, -5), 3, 4)
    assert turned.pixel_size == pytest.approx((10, 5))
    assert turned.describe().startswith("3 rows × 4 columns of 10 m")


def test_centre_of_a_pixel() -> None:
    # Row 1 and column 2 of 5 m: centre 12.5 m to the east and 7.5 m to the south of (100, 200).
    grid = grid_of(3, 4, pixel_m=5, west=100, north=200)
    assert grid.centre_of(1, 2) == (112.5, 192.5)
    x, y = grid.centre_of(np.array([0.0, 1.0]), np.array([0.0, 2.0]))
    np.testing.assert_array_equal(x, [102.5, 112.5])
    np.testing.assert_array_equal(y, [197.5, 192.5])


def test_the_pixel_of_a_centre_is_half_a_pixel_inside() -> None:
    grid = Grid(UTM, Affine(5, 1, 100, 1, -5, 200), 3, 4)
    assert grid.pixel_of(*grid.centre_of(2, 3)) == pytest.approx((2.5, 3.5))


def test_covering_snaps_to_multiples_of_the_pixel() -> None:
    # 101…118 and 52…63 lie within 100…120 and 50…65
    assert covering_grid((101, 52, 118, 63), UTM, 5) == grid_of(3, 4, pixel_m=5, west=100, north=65)


def test_covering_what_is_aligned_adds_nothing() -> None:
    grid = grid_of(7, 9, pixel_m=0.1, west=0.3, north=0.7)
    assert covering_grid(grid.bounds, UTM, 0.1).shape == (7, 9)


def test_covering_on_the_pixels_of_another_grid() -> None:
    # With corners at 2.5 + 5n, 101…118 lies within 97.5…122.5 and 52…63 within 47.5…67.5.
    assert covering_grid((101, 52, 118, 63), UTM, 5, anchor=(2.5, 2.5)) == grid_of(
        4, 5, pixel_m=5, west=97.5, north=67.5
    )


@given(
    st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5), st.floats(0.5, 300), st.floats(0.5, 300)),
    st.sampled_from([0.5, 3.125, 5.0, 10.0]),
    st.tuples(st.floats(-10, 10), st.floats(-10, 10)),
)
def test_covering_covers_and_wastes_less_than_a_pixel(
    box: tuple[float, float, float, float], pixel_m: float, anchor: tuple[float, float]
) -> None:
    left, bottom, width, height = box
    bounds = (left, bottom, left + width, bottom + height)
    covered = covering_grid(bounds, UTM, pixel_m, anchor).bounds
    slack = 1e-5 * pixel_m
    assert covered[0] <= bounds[0] + slack
    assert covered[1] <= bounds[1] + slack
    assert covered[2] >= bounds[2] - slack
    assert covered[3] >= bounds[3] - slack
    assert all(abs(a - b) < pixel_m * (1 + 1e-5) for a, b in zip(covered, bounds, strict=True))


@pytest.mark.parametrize(
    ("longitude", "latitude", "code"),
    [
        (85.2, 28.1, 32645),
        (142.0, 42.7, 32654),
        (-71.0, -33.0, 32719),
        (180.0, -17.0, 32760),
        (-180.0, 0.0, 32601),
        (180.5, 0.0, 32601),
        (275.0, 10.0, 32616),
        (-200.0, 10.0, 32657),
    ],
)
def test_utm_zones(longitude: float, latitude: float, code: int) -> None:
    assert utm_crs(longitude, latitude).to_epsg() == code


def test_names_of_crss() -> None:
    assert crs_name(UTM) == "EPSG:32645"
    own = CRS.from_proj4("+proj=laea +lat_0=28 +lon_0=85 +datum=WGS84 +units=m")
    assert crs_name(own) == "unknown"
