"""The change of a scene that is read tile by tile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from slidelens.api.scene import SceneFile
from slidelens.dataset.change_channels import change_names, leave_change
from slidelens.dataset.standardisation import BandStatistics
from slidelens.errors import SceneError
from slidelens.geo.rasters.header import Header, read_header
from slidelens.geo.rasters.scene import read_on_grid
from slidelens.learning.inference.windows import Window
from slidelens.learning.tiling.earlier_scene import EarlierScene, open_earlier
from slidelens.learning.tiling.tile_source import TileSource
from support.learning.tiles import TRAINED, write_scene_of_tiles
from support.studies import BANDS, grid_of, image, write_image

GRID = grid_of(150, 130)
WINDOWS = [Window(row, column, 64, 48, 16) for row in (0, 64, 128) for column in (0, 48, 96)]
CHANNELS = (*BANDS, *change_names(BANDS))
STATISTICS = leave_change(BandStatistics(CHANNELS, (*TRAINED.mean,) * 2 + (9.0,), (100.0,) * 7, 1))


@pytest.fixture
def scene(tmp_path: Path) -> SceneFile:
    """Without data in the west."""
    return write_scene_of_tiles(tmp_path / "scene.tif", GRID)


@pytest.fixture
def earlier(tmp_path: Path) -> Header:
    """On larger pixels, with its bands in another order, and without data in the south."""
    grid = grid_of(90, 90, pixel_m=20)
    values = image(grid, [], 5)[..., ::-1].copy()
    values[60:] = 0
    return read_header(write_image(tmp_path / "earlier.tif", grid, values, BANDS[::-1]))


def source_of(scene: SceneFile, before: EarlierScene | None) -> TileSource:
    return TileSource(scene.header, GRID, CHANNELS, STATISTICS, before=before)


def test_tiles_are_pieces_of_the_whole(scene: SceneFile, earlier: Header) -> None:
    source = source_of(scene, open_earlier(scene.header, earlier, GRID, BANDS))
    whole = source.read(Window(0, 0, 160, 144, 0)).pixels
    padded = np.pad(whole[:150, :130], ((16, 99), (16, 99), (0, 0)))
    for window in WINDOWS:
        rows, columns = slice(window.row, window.row + 96), slice(window.column, window.column + 80)
        np.testing.assert_array_equal(source.read(window).pixels, padded[rows, columns])


def test_values_are_those_of_plain_numpy(scene: SceneFile, earlier: Header) -> None:
    source = source_of(scene, open_earlier(scene.header, earlier, GRID, BANDS))
    got = source.read(Window(0, 0, 160, 144, 0)).pixels[:150, :130, 3:]
    images = [read_on_grid(header, GRID, BANDS) for header in (scene.header, earlier)]
    known = images[0].valid & images[1].valid
    assert 0.3 < known.mean() < 0.9
    scores = []
    for one in images:
        values = one.pixels[known].astype(np.float64)
        deviation = values.std(axis=0)
        scores.append((values - values.mean(axis=0)) / np.where(deviation > 0, deviation, 1))
    np.testing.assert_allclose(got[known][:, :3], scores[0] - scores[1], atol=1e-4)
    np.testing.assert_array_equal(got[..., 3], known)
    assert not got[~known].any()


def test_without_an_earlier_image_the_change_is_missing(scene: SceneFile) -> None:
    pixels = source_of(scene, None).read(WINDOWS[4]).pixels
    assert pixels[..., :3].any()
    assert not pixels[..., 3:].any()


def test_a_band_of_that_name_in_the_file_is_not_read(scene: SceneFile, tmp_path: Path) -> None:
    values = np.full((*GRID.shape, 7), 700, np.uint16)
    header = read_header(write_image(tmp_path / "named.tif", GRID, values, CHANNELS))
    source = replace(source_of(scene, None), header=header)
    source.require_channels()
    assert not source.read(WINDOWS[4]).pixels[..., 3:].any()


def test_surroundings_standardise_the_image_alone(scene: SceneFile, earlier: Header) -> None:
    before = open_earlier(scene.header, earlier, GRID, BANDS)
    plain = source_of(scene, before).read(WINDOWS[4]).pixels
    local = replace(source_of(scene, before), statistics=None, local_window_px=31)
    around = local.read(WINDOWS[4]).pixels
    np.testing.assert_array_equal(around[..., 3:], plain[..., 3:])
    assert np.abs(around[..., :3] - plain[..., :3]).max() > 0.1


def test_images_of_different_ground_are_refused(scene: SceneFile, tmp_path: Path) -> None:
    grid = grid_of(150, 130, west=500_000)
    elsewhere = read_header(write_image(tmp_path / "b.tif", grid, image(grid, [], 5)))
    with pytest.raises(SceneError, match=r"share 0 valid pixels, 30 are needed; give an image of"):
        open_earlier(scene.header, elsewhere, GRID, BANDS)


def test_an_earlier_image_without_a_band_is_refused(scene: SceneFile, tmp_path: Path) -> None:
    values = image(GRID, [], 5)
    other = read_header(write_image(tmp_path / "b.tif", GRID, values, ("green", "red", "blue")))
    with pytest.raises(SceneError, match=r"b\.tif has no band nir"):
        open_earlier(scene.header, other, GRID, BANDS)
