"""Pixels of any CRS brought onto one grid: aligned ones as they are, others resampled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.crs import CRS
from rasterio.warp import transform

from slidelens.geo.grid import Grid, covering_grid
from slidelens.geo.rasters.scene import read_on_grid
from slidelens.geo.resampling import pixel_scale, resample, shift_pixels, source_window
from slidelens.types import Float64
from support.studies import BANDS, UTM, grid_of, numbered, write_image

WGS84 = CRS.from_epsg(4326)


def test_aligned_pixels_are_taken_as_they_are(tmp_path: Path) -> None:
    values = numbered(6, 7)
    path = write_image(tmp_path / "a.tif", grid_of(6, 7), values)
    # two columns and one row further in, one row less than a pixel past the end
    grid = covering_grid((320_020, 3_109_930, 320_060, 3_109_990), UTM, 10)
    scene = read_on_grid(path, grid, BANDS)
    assert scene.valid.tolist() == [[True] * 4] * 5 + [[False] * 4]
    np.testing.assert_array_equal(scene.pixels[:5], values[1:6, 2:6])
    assert not scene.pixels[5].any()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    row=st.integers(-9, 9),
    column=st.integers(-9, 9),
    height=st.integers(1, 12),
    width=st.integers(1, 12),
)
def test_any_aligned_part_is_taken_bit_for_bit(
    tmp_path: Path, row: int, column: int, height: int, width: int
) -> None:
    values, path = numbered(6, 7), tmp_path / "a.tif"
    if not path.exists():
        write_image(path, grid_of(6, 7), values)
    grid = grid_of(height, width, west=320_000 + 10 * column, north=3_110_000 - 10 * row)
    scene = read_on_grid(path, grid, BANDS)
    padded = np.pad(values, ((40, 40), (40, 40), (0, 0)))[
        40 + row : 40 + row + height, 40 + column : 40 + column + width
    ]
    np.testing.assert_array_equal(scene.pixels, padded)
    np.testing.assert_array_equal(scene.valid, padded.all(axis=2))


def test_finer_pixels_are_averaged(tmp_path: Path) -> None:
    # 2 × 2 pixels of 5 m in one of 10 m: (1 + 2 + 5 + 6) / 4 = 3.5 for the first
    values = (1 + np.arange(16, dtype="float32")).reshape(4, 4, 1)
    path = write_image(tmp_path / "a.tif", grid_of(4, 4, pixel_m=5), values, names=["red"])
    scene = read_on_grid(path, grid_of(2, 2), ["red"])
    np.testing.assert_allclose(scene.pixels[..., 0], [[3.5, 5.5], [11.5, 13.5]], rtol=1e-6)


def test_half_a_pixel_off_is_resampled(tmp_path: Path) -> None:
    # A plane is cubic convolution's own: half a pixel east of column c lies c + 0.5.
    values = np.tile(np.arange(20, dtype="float32") + 1, (20, 1))[..., None]
    path = write_image(tmp_path / "a.tif", grid_of(20, 20), values, names=["red"], nodata=None)
    scene = read_on_grid(path, grid_of(10, 10, west=320_055, north=3_109_950), ["red"])
    np.testing.assert_allclose(
        scene.pixels[..., 0], np.tile(np.arange(10) + 6.5, (10, 1)), rtol=1e-5
    )


def of_place(longitude: Float64, latitude: Float64) -> Float64:
    """A smooth pattern on the Earth, so that any pixel's value follows from where it is."""
    return 1000 + 1e4 * (longitude - 85) + 2e4 * (latitude - 28)


def centres(grid: Grid) -> tuple[Float64, Float64]:
    """Longitude and latitude of each pixel's centre."""
    column, row = np.meshgrid(np.arange(grid.width) + 0.5, np.arange(grid.height) + 0.5)
    x, y = grid.transform.a * column + grid.transform.c, grid.transform.e * row + grid.transform.f
    longitude, latitude = transform(grid.crs, WGS84, x.ravel(), y.ravel())
    return np.reshape(longitude, grid.shape), np.reshape(latitude, grid.shape)


@pytest.mark.parametrize(
    "source",
    [
        Grid(
            WGS84, Affine(8.983e-5, 0, 85.195, 0, -8.983e-5, 28.135), 160, 160
        ),  # geographic, pixels not square in metres
        Grid(CRS.from_epsg(3857), Affine(11, 0, 9_483_700, 0, -11, 3_265_900), 200, 200),
        Grid(
            CRS.from_epsg(32644), Affine(10, 0, 912_000, 0, -10, 3_119_700), 200, 200
        ),  # the neighbouring zone, turned
        Grid(WGS84, Affine(8.983e-5, 0, 85.195, 0, 8.983e-5, 28.121), 160, 160),  # south up
    ],
)
def test_any_crs_puts_values_where_they_belong(tmp_path: Path, source: Grid) -> None:
    values = of_place(*centres(source))[..., None].astype("float32")
    path = write_image(tmp_path / "a.tif", source, values, names=["red"], nodata=None)
    grid = covering_grid((323_600, 3_112_600, 324_100, 3_113_100), UTM, 10)
    scene = read_on_grid(path, grid, ["red"])
    assert scene.valid.all()
    np.testing.assert_allclose(
        scene.pixels[..., 0], of_place(*centres(grid)), atol=0.1
    )  # a pixel's worth is about 1


def test_nodata_of_one_band_does_not_bleed_through_resampling(tmp_path: Path) -> None:
    source = Grid(WGS84, Affine(8.983e-5, 0, 85.195, 0, -8.983e-5, 28.135), 160, 160)
    values = np.full((160, 160, 2), 500, np.uint16)
    values[:, :100, 1] = 0
    path = write_image(tmp_path / "a.tif", source, values, names=("red", "nir"))
    scene = read_on_grid(
        path, covering_grid((323_600, 3_112_600, 324_900, 3_113_100), UTM, 10), ["red", "nir"]
    )
    assert 0.2 < scene.valid.mean() < 0.8
    np.testing.assert_allclose(scene.pixels[scene.valid], 500, rtol=1e-5)


def test_a_scene_elsewhere_has_no_valid_pixel(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.tif", grid_of(4, 4), numbered(4, 4))
    scene = read_on_grid(path, grid_of(4, 4, west=400_000), BANDS)
    assert not scene.valid.any()
    assert not scene.pixels.any()


def test_pixels_that_move_in_from_outside_have_no_value() -> None:
    values = numbered(2, 2, bands=1, dtype="float32")  # 1 2 / 3 4
    moved = shift_pixels(values, (1, -1), (3, 2))[..., 0]
    np.testing.assert_array_equal(moved, [[np.nan, np.nan], [2, np.nan], [4, np.nan]])
    assert np.isnan(shift_pixels(values, (5, 0), (3, 2))).all()


def test_the_window_is_what_is_needed_with_a_margin() -> None:
    # 10 × 10 pixels from row 20 and column 30, and four more on each side, as far as there are any
    source = grid_of(100, 100)
    target = grid_of(10, 10, west=320_300, north=3_109_800)
    window = source_window(source, target)
    assert window is not None
    assert (window.row_off, window.col_off, window.height, window.width) == (16, 26, 18, 18)
    corner = source_window(source, grid_of(10, 10), margin_px=2)
    assert corner is not None
    assert (corner.row_off, corner.col_off, corner.height, corner.width) == (0, 0, 12, 12)
    assert source_window(source, grid_of(10, 10, west=400_000)) is None


def test_aligned_arrays_are_copied_and_finer_ones_averaged() -> None:
    values = numbered(4, 4, bands=1, dtype="float32")
    np.testing.assert_array_equal(resample(values, grid_of(4, 4), grid_of(4, 4)), values)
    coarse = resample(values, grid_of(4, 4, pixel_m=5), grid_of(2, 2))
    # The first is the mean of 1, 2, 5 and 6.
    np.testing.assert_allclose(coarse[..., 0], [[3.5, 5.5], [11.5, 13.5]], rtol=1e-6)


@pytest.mark.parametrize(("latitude", "averaged"), [(0, False), (72, True)])
def test_degrees_of_longitude_are_shorter_away_from_the_equator(
    latitude: float, averaged: bool
) -> None:
    """Pixels of 11 m by 11 m at the equator are 3 m by 11 m at 72° north: finer than 10 m."""
    side = 1e-4
    source = Grid(WGS84, Affine(side, 0, 87, 0, -side, latitude + 0.005), 100, 100)
    (west,), (north,) = transform("EPSG:4326", "EPSG:32645", [87.004], [latitude + 0.001])
    values = np.random.default_rng(1).random((100, 100, 1)).astype(np.float32)
    found = resample(values, source, grid_of(10, 10, west=west, north=north))
    assert np.isfinite(found).all()
    # A mean of pixels spreads less than they do; cubic convolution keeps most of it.
    assert (found.std() < 0.2) == averaged


def test_the_scale_of_pixels_is_without_their_place() -> None:
    assert pixel_scale(Affine(5, 1, 100, 2, -5, 200)) == (5, 1, 2, -5)
