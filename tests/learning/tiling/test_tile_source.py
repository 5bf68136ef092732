"""Tiles of a scene."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS

from slidelens.api.scene import SceneFile
from slidelens.dataset.level_channels import level_names
from slidelens.dataset.standardisation import (
    BandStatistics,
    compute_band_statistics,
    standardise,
    standardise_locally,
)
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.header import read_header
from slidelens.geo.rasters.scene import read_on_grid, read_part
from slidelens.learning.inference.windows import Window
from slidelens.learning.tiling.moments import combine_moments
from slidelens.learning.tiling.tile_source import TileSource
from slidelens.types import Float32
from support.learning.tiles import TRAINED, write_scene_of_tiles
from support.studies import BANDS, grid_of, write_image

GRID = grid_of(150, 130)
WINDOWS = [Window(row, column, 64, 48, 16) for row in (0, 64, 128) for column in (0, 48, 96)]


@pytest.fixture
def scene(tmp_path: Path) -> SceneFile:
    return write_scene_of_tiles(tmp_path / "scene.tif", GRID)


def with_margin(values: Float32, window: Window) -> Float32:
    """Cut a window with its margin out of a whole image; 0 beyond the image."""
    m = window.margin
    padded = np.pad(values, ((m, 200), (m, 200), (0, 0)))
    return padded[
        window.row : window.row + window.height + 2 * m,
        window.column : window.column + window.width + 2 * m,
    ]


def test_tiles_are_pieces_of_the_whole_standardised_scene(scene: SceneFile) -> None:
    source = TileSource(scene.header, GRID, BANDS, TRAINED)
    whole = read_on_grid(scene.header, GRID, BANDS)
    expected = standardise(whole.pixels, whole.valid, TRAINED)
    for window in WINDOWS:
        tile = source.read(window)
        assert np.array_equal(tile.pixels, with_margin(expected, window))
        assert np.array_equal(tile.valid, whole.valid[window.core(GRID.shape)])


def test_surroundings_reach_beyond_the_margin(scene: SceneFile) -> None:
    source = TileSource(scene.header, GRID, BANDS, None, local_window_px=61)
    whole = read_on_grid(scene.header, GRID, BANDS)
    expected = standardise_locally(whole.pixels, whole.valid, 61)
    for window in WINDOWS:
        cut = with_margin(expected, window)
        assert np.abs(source.read(window).pixels - cut).max() < 2e-4


def test_levels_are_standardised_by_the_image_beside_surroundings(scene: SceneFile) -> None:
    names = (*BANDS, *level_names(BANDS))
    levels = BandStatistics(names, TRAINED.mean * 2, TRAINED.deviation * 2, 1)
    source = TileSource(scene.header, GRID, names, None, local_window_px=61, levels=levels)
    alone = TileSource(scene.header, GRID, BANDS, None, local_window_px=61)
    by_image = TileSource(scene.header, GRID, BANDS, TRAINED)
    for window in WINDOWS:
        pixels = source.read(window).pixels
        assert np.array_equal(pixels[..., :3], alone.read(window).pixels)
        assert np.array_equal(pixels[..., 3:], by_image.read(window).pixels)
        assert source.read(window).summary.fills == alone.read(window).summary.fills


def test_derived_channels_and_slope(scene: SceneFile, tmp_path: Path) -> None:
    heights = np.random.default_rng(0).normal(1000, 20, (*GRID.shape, 1)).astype(np.float32)
    dem = write_image(tmp_path / "dem.tif", GRID, heights, ["elevation"], nodata=None)
    channels = ("red", "slope", "nir", "ndvi")
    trained = replace(TRAINED, bands=channels, mean=(0.0,) * 4, deviation=(1.0,) * 4)
    source = TileSource(scene.header, GRID, channels, trained, dem=dem)
    whole = TileSource(scene.header, GRID, channels, trained, dem=dem).read(
        Window(0, 0, 160, 144, 0)
    )
    for window in WINDOWS:
        assert np.array_equal(
            source.read(window).pixels, with_margin(whole.pixels[:150, :130], window)
        )
    assert whole.pixels[..., 1].max() > 30


def test_a_resampled_tile_has_the_values_of_the_whole_grid(scene: SceneFile) -> None:
    longitude, latitude = 85.16, 28.105
    other = Grid(CRS.from_epsg(4326), Affine(1e-4, 0, longitude, 0, -1e-4, latitude), 700, 700)
    header = replace(scene.header, grid=other)
    grid = grid_of(520, 600, 9.0, west=320_300, north=3_109_000)
    part = (slice(100, 400), slice(130, 500))
    values = np.random.default_rng(0).integers(1, 3000, (700, 700, 3)).astype(np.uint16)
    write_image(header.path, other, values)
    whole = read_on_grid(header, grid, BANDS)
    some, _ = read_part(header, grid, BANDS, part)
    assert whole.valid[part].mean() > 0.5
    assert np.array_equal(some.valid, whole.valid[part])
    assert np.abs(some.pixels - whole.pixels[part]).max() < 0.01  # of values up to 3000


def test_totals_are_those_of_the_scene(scene: SceneFile) -> None:
    source = TileSource(scene.header, GRID, BANDS, TRAINED)
    summaries = [source.summarise(window) for window in WINDOWS]
    whole = read_on_grid(scene.header, GRID, BANDS)
    expected = compute_band_statistics(whole.pixels, whole.valid, BANDS, "scene")
    found = combine_moments(BANDS, (summary.moments for summary in summaries))
    valid = sum(summary.valid for summary in summaries)
    assert found.pixels == expected.pixels == valid == whole.valid.sum()
    assert found.mean == pytest.approx(expected.mean, rel=1e-12)
    assert found.deviation == pytest.approx(expected.deviation, rel=1e-12)


def test_pixels_of_0_are_counted(tmp_path: Path) -> None:
    values = np.full((*GRID.shape, 3), 500, np.uint16)
    values[:10, :10] = 0
    path = write_image(tmp_path / "a.tif", GRID, values, nodata=None)
    source = TileSource(read_header(path), GRID, BANDS, TRAINED)
    assert sum(source.read(window).summary.fills[0] for window in WINDOWS) == 100


def test_ground_without_detail_is_not_mapped_where_surroundings_standardise(tmp_path: Path) -> None:
    values = np.random.default_rng(3).integers(400, 600, (*GRID.shape, 3)).astype(np.uint16)
    values[20:90, 40:120] = 65535
    values[50, 60] = 0  # nodata, which makes no detail
    header = read_header(write_image(tmp_path / "a.tif", GRID, values))
    expected = np.zeros(GRID.shape, bool)
    expected[20 + 16 : 90 - 15, 40 + 16 : 120 - 15] = True  # the square of 32 pixels is all cloud
    expected[50, 60] = False
    local = TileSource(header, GRID, BANDS, None, local_window_px=32)
    for window in WINDOWS:
        tile, core = local.read(window), window.core(GRID.shape)
        assert np.array_equal(tile.valid, (values[core] > 0).all(axis=-1) & ~expected[core])
        inside = with_margin(expected[..., None].astype(np.float32), window)[..., 0] > 0
        assert (tile.pixels[inside] == 0).all()
        assert tile.summary.featureless == expected[core].sum()
        assert tile.summary.mapped == tile.valid.sum()
    by_training = TileSource(header, GRID, BANDS, TRAINED)
    assert sum(by_training.read(window).summary.featureless for window in WINDOWS) == 0
