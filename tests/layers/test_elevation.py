"""Heights on a study's grid."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from rasterio.crs import CRS
from rasterio.warp import transform_bounds

from slidelens.errors import GridError, SceneError
from slidelens.files import read_json
from slidelens.geo.grid import Grid, covering_grid
from slidelens.geo.windowed import chunks
from slidelens.layers.elevation import (
    HeightReader,
    read_elevation,
    read_terrain,
    write_terrain,
)
from support.studies import grid_of, write_image

GRID = grid_of(20, 30)
SLOPE = np.repeat(
    np.arange(20.0, dtype=np.float32)[:, None], 30, axis=1
)  # rises to the south, a metre a row


def dem(
    path: Path,
    values: np.ndarray,
    grid: Grid = GRID,
    nodata: float | None = -9999,
    name: str | None = None,
) -> Path:
    return write_image(
        path, grid, values[..., None].astype(np.float32), names=(name,), nodata=nodata
    )


def test_heights_of_the_grids_own_pixels_are_taken_as_they_are(tmp_path: Path) -> None:
    np.testing.assert_array_equal(read_elevation(dem(tmp_path / "dem.tif", SLOPE), GRID), SLOPE)


def test_ground_without_a_height_is_level(tmp_path: Path) -> None:
    values = SLOPE.copy()
    values[:5] = -9999
    found = read_elevation(dem(tmp_path / "dem.tif", values), GRID)
    assert (found[:5] == 5).all()
    assert (found[5:] == SLOPE[5:]).all()


def test_degrees_and_coarser_pixels(tmp_path: Path) -> None:
    # heights of 1 m for every 10 m to the south, on pixels of 3e-4 degrees (about 30 m)
    bounds = transform_bounds(GRID.crs, CRS.from_epsg(4326), *GRID.bounds)
    coarse = covering_grid(bounds, CRS.from_epsg(4326), 3e-4)
    latitude = coarse.bounds[3] - 3e-4 * (np.arange(coarse.height) + 0.5)
    south_m = (bounds[3] - latitude) * 110_800  # metres a degree at 28° N
    values = np.repeat((south_m / 10)[:, None], coarse.width, axis=1)
    found = read_elevation(dem(tmp_path / "dem.tif", values, coarse), GRID)
    fall = np.diff(found[5:15], axis=0).mean()
    assert fall == pytest.approx(1, abs=0.1)


def test_there_and_back(tmp_path: Path) -> None:
    write_terrain(dem(tmp_path / "dem.tif", SLOPE), GRID, tmp_path / "terrain")
    np.testing.assert_array_equal(read_terrain(tmp_path / "terrain", GRID), SLOPE)
    assert read_json(tmp_path / "terrain/terrain.json") == {"dem": "dem.tif"}


def test_no_height_model(tmp_path: Path) -> None:
    write_terrain(None, GRID, tmp_path / "terrain")
    assert read_terrain(tmp_path / "terrain", GRID) is None
    assert read_json(tmp_path / "terrain/terrain.json") == {"dem": None}


def test_an_elevation_that_is_missing_or_left_over_is_refused(tmp_path: Path) -> None:
    terrain = tmp_path / "terrain"
    write_terrain(dem(tmp_path / "dem.tif", SLOPE), GRID, terrain)
    (terrain / "elevation.tif").rename(tmp_path / "elsewhere.tif")
    with pytest.raises(SceneError, match=r"names the height model dem\.tif, but .*/elevation"):
        read_terrain(terrain, GRID)
    write_terrain(None, GRID, terrain)
    (tmp_path / "elsewhere.tif").rename(terrain / "elevation.tif")
    with pytest.raises(SceneError, match=r"names the height model None, but there is .*elevation"):
        read_terrain(terrain, GRID)


def test_another_grid_is_refused(tmp_path: Path) -> None:
    write_terrain(dem(tmp_path / "dem.tif", SLOPE), GRID, tmp_path / "terrain")
    with pytest.raises(GridError, match=r"the scene and .*elevation.tif are on different grids"):
        read_terrain(tmp_path / "terrain", grid_of(10, 30))


def test_bad_height_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="there is no height model .*dem.tif"):
        read_elevation(tmp_path / "dem.tif", GRID)
    two = write_image(
        tmp_path / "two.tif", GRID, np.zeros((*GRID.shape, 2), np.float32), names=("dsm", "dtm")
    )
    with pytest.raises(SceneError, match="two.tif has 2 bands; a height model has one"):
        read_elevation(two, GRID)
    far = dem(tmp_path / "far.tif", SLOPE, grid_of(20, 30, west=500_000))
    with pytest.raises(SceneError, match="far.tif has no height in the area; check its CRS"):
        read_elevation(far, GRID)


def test_windows_of_a_height_model_are_pieces_of_the_whole(tmp_path: Path) -> None:
    grid = grid_of(90, 110)
    heights = np.random.default_rng(0).normal(900, 50, grid.shape)
    heights[20:40, 30:50] = -9999
    path = dem(tmp_path / "dem.tif", heights, grid)
    whole = read_elevation(path, grid)
    reader = HeightReader(path, grid)
    reader.require_heights()
    for part in chunks(grid.shape, 32):
        np.testing.assert_array_equal(reader.read(part), whole[part])


def test_a_large_height_model_is_not_read_as_a_whole_to_find_a_height(tmp_path: Path) -> None:
    grid = grid_of(4000, 4000)
    heights = np.full(grid.shape, -9999, np.float32)
    heights[3999, 3999] = 100.0
    path = dem(tmp_path / "dem.tif", heights, grid)
    del heights
    tracemalloc.start()
    try:
        HeightReader(path, grid).require_heights()
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 40e6  # as a whole: 64 MB as stored


def test_a_height_model_of_other_ground_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = dem(tmp_path / "dem.tif", SLOPE, grid_of(20, 30, west=900_000))
    with pytest.raises(SceneError, match=r"dem\.tif has no height in the area"):
        HeightReader(path, GRID).require_heights()
