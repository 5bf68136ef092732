"""Scenes that are opened without their pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from slidelens.api.generic import generic_weights
from slidelens.api.scene import open_for, open_scene
from slidelens.errors import ParamsError, SceneError
from support.studies import UTM, grid_of, write_image

GRID = grid_of(30, 40)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    values = np.arange(30 * 40 * 3, dtype=np.uint16).reshape(30, 40, 3) + 1
    return write_image(tmp_path / "scene.tif", GRID, values)


def test_a_scene_knows_its_grid_and_bands(path: Path) -> None:
    scene = open_scene(path)
    assert (scene.shape, scene.pixel_size, scene.crs) == ((30, 40), (10, 10), UTM)
    assert scene.bounds == (320_000, 3_109_700, 320_400, 3_110_000)
    assert repr(scene) == (
        "<Scene scene.tif: 30 × 40 pixels of 10 × 10, EPSG:32645, bands green, red, nir>"
    )


def test_bands_are_read_by_name(path: Path) -> None:
    scene = open_scene(path)
    assert scene.read().pixels.shape == (30, 40, 3)
    both = scene.read(["nir", "green"])
    assert both.bands == ("nir", "green")
    assert both.pixels[0, 0].tolist() == [3, 1]
    with pytest.raises(SceneError, match="blue"):
        scene.read(["blue"])


def test_bands_without_names_are_named_in_file_order(tmp_path: Path) -> None:
    values = np.ones((30, 40, 2), np.uint16)
    path = write_image(tmp_path / "scene.tif", GRID, values, names=(None, None))
    scene = open_scene(path, ["red", "nir"])
    assert scene.bands == ("red", "nir")
    assert scene.read(["nir"]).bands == ("nir",)


def test_a_missing_scene_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"missing\.tif"):
        open_scene(tmp_path / "missing.tif")


def test_a_network_tells_the_bands_that_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "unnamed.tif"
    place = {"crs": GRID.crs, "transform": GRID.transform}
    size = {"height": 30, "width": 40, "count": 3, "dtype": "uint16"}
    with rasterio.open(path, "w", driver="GTiff", **size, **place) as dataset:
        dataset.write(np.ones((3, 30, 40), np.uint16))
    remedy = r'give `band_names of sl.open_scene: \["red", "green", "blue"\]`'
    with pytest.raises(SceneError, match=remedy):
        open_for(path, generic_weights())
    named = open_scene(path, band_names=["red", "green", "blue"])
    assert open_for(named, generic_weights()) is named


def test_a_text_is_not_read_letter_by_letter(path: Path) -> None:
    with pytest.raises(
        ParamsError, match=r"band_names is the text 'red'; give a list, like \['red'"
    ):
        open_scene(path, band_names="red")
    with pytest.raises(ParamsError, match=r"bands is the text 'red'; give a list, like \['red'"):
        open_scene(path).read("red")
