"""A scene of any size: what is read of it is that of the scene in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from slidelens.dataset.windowed_scene import (
    HELD_BYTES,
    WindowedScene,
    can_be_held,
    coarser,
    every_nth,
    map_pixels,
    open_on_grid,
    pixels_at,
    sampled,
    sampled_rows,
)
from slidelens.geo.geotiff import write_scene
from slidelens.geo.rasters.header import read_header
from slidelens.geo.rasters.scene import Scene, read_on_grid
from support.images.windowed import hold_no_scene, windowed_scene
from support.studies import BANDS, grid_of

GRID = grid_of(20, 30)


def scene_of(rows: int = 20, columns: int = 30) -> Scene:
    pixels = np.random.default_rng(1).normal(900, 99, (rows, columns, 3)).astype(np.float32)
    valid = pixels[..., 0] > 850
    pixels[~valid] = 0
    return Scene(grid_of(rows, columns), BANDS, pixels, valid)


def test_parts_and_the_whole_are_those_of_the_scene() -> None:
    scene = scene_of()
    large = windowed_scene(scene)
    part = slice(3, 9), slice(7, 30)
    np.testing.assert_array_equal(large.read(part), scene.read(part))
    np.testing.assert_array_equal(large.pixels, scene.pixels)
    assert (large.grid, large.bands, large.valid is scene.valid) == (GRID, BANDS, True)


def test_only_small_scenes_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = HELD_BYTES // (4 * 3 * 100)
    assert can_be_held(grid_of(rows, 100), 3)
    assert not can_be_held(grid_of(rows + 1, 100), 3)
    hold_no_scene(monkeypatch)
    assert not can_be_held(GRID, 1)


@pytest.mark.parametrize("pixel_m", [10.0, 7.0])
def test_a_large_file_is_opened_as_a_small_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pixel_m: float
) -> None:
    path = tmp_path / "scene.tif"
    write_scene(scene_of(600, 40), path)
    header, grid = read_header(path), grid_of(790, 60, pixel_m)
    held = open_on_grid(header, grid, BANDS)
    np.testing.assert_array_equal(held.pixels, read_on_grid(header, grid, BANDS).pixels)
    hold_no_scene(monkeypatch)
    large = open_on_grid(header, grid, BANDS)
    assert isinstance(large, WindowedScene)
    np.testing.assert_array_equal(large.valid, held.valid)
    np.testing.assert_array_equal(large.pixels, held.pixels)
    part = slice(300, 555), slice(0, 60)
    np.testing.assert_array_equal(large.read(part), held.read(part))


def test_every_nth_pixel_is_taken_across_strips() -> None:
    scene = scene_of(700, 31)
    for step in (1, 2, 97):
        index = every_nth(scene.valid, step)
        assert index.tolist() == np.flatnonzero(scene.valid)[::step].tolist()
        for one in (scene, windowed_scene(scene)):
            np.testing.assert_array_equal(pixels_at(one, index), scene.pixels[scene.valid][::step])
    assert pixels_at(scene, every_nth(np.zeros((700, 31), bool), 5)).shape == (0, 3)


def test_pixels_are_mapped_when_they_are_read() -> None:
    scene, calls = scene_of(), []

    def double(part: Scene) -> np.ndarray:
        calls.append(part.grid.shape)
        return part.pixels[..., :1] * 2

    large = map_pixels(windowed_scene(scene), double, ("double",))
    assert not calls
    np.testing.assert_array_equal(
        large.read((slice(2, 9), slice(0, 30))), 2 * scene.pixels[2:9, :, :1]
    )
    assert calls == [(7, 30)]
    small = map_pixels(scene, double, ("double",))
    np.testing.assert_array_equal(large.pixels, small.pixels)
    assert small.bands == large.bands == ("double",)


@pytest.mark.parametrize("step", [1, 3, 7])
def test_a_picture_takes_the_pixels_in_the_middle(step: int) -> None:
    scene = scene_of(600, 31)
    rows, columns = sampled_rows(600, step), sampled_rows(31, step)
    for one in (scene, windowed_scene(scene)):
        small = sampled(one, step)
        np.testing.assert_array_equal(small.pixels, scene.pixels[rows][:, columns])
        np.testing.assert_array_equal(small.valid, scene.valid[rows][:, columns])
        assert small.grid == coarser(scene.grid, step)
    assert small.grid.pixel_m == step * 10
    assert small.grid.bounds[0] == scene.grid.bounds[0]
    assert 0 <= small.grid.bounds[2] - scene.grid.bounds[2] < step * 10
    assert 0 <= scene.grid.bounds[1] - small.grid.bounds[1] < step * 10
    assert rows.tolist()[:2] == [step // 2, step + step // 2]
