"""Large scenes made by mirroring a small one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from benchmarks.speed import make_scene
from benchmarks.speed.make_scene import mirrored, side_px

NAMES = ("red", "nir")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path, pixels = tmp_path / "small.tif", np.arange(1, 2 * 30 * 50 + 1, dtype=np.uint16)
    profile = {"driver": "GTiff", "width": 50, "height": 30, "count": 2, "dtype": "uint16"}
    place = {"crs": "EPSG:32645", "transform": Affine(5, 0, 300_000, 0, -5, 3_100_000), "nodata": 0}
    with rasterio.open(path, "w", **profile | place) as file:
        file.write(pixels.reshape(2, 30, 50))
        file.descriptions = NAMES
        file.update_tags(ACQUISITION_DATE="2016-11-04")
    return path


def test_every_other_copy_runs_backwards() -> None:
    assert mirrored(0, 8, 3).tolist() == [0, 1, 2, 2, 1, 0, 0, 1]
    assert mirrored(4, 3, 3).tolist() == [1, 0, 0]


def test_a_scene_has_about_the_pixels_asked_for() -> None:
    assert [side_px(pixels) for pixels in (1e6, 1e7, 1e8)] == [1000, 3162, 10_000]


@pytest.mark.parametrize("block_px", [16, 64])
def test_the_scene_is_the_small_one_and_its_mirror_images(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_px: int
) -> None:
    monkeypatch.setattr(make_scene, "BLOCK_PX", block_px)
    make_scene.make_scene(source, tmp_path / "large.tif", 75, 120)
    with rasterio.open(source) as small, rasterio.open(tmp_path / "large.tif") as large:
        whole = np.pad(small.read(), [(0, 0), (0, 45), (0, 70)], mode="symmetric")
        np.testing.assert_array_equal(large.read(), whole)


def test_bands_place_and_nodata_are_those_of_the_small_one(source: Path, tmp_path: Path) -> None:
    make_scene.make_scene(source, tmp_path / "large.tif", 600, 700)
    with rasterio.open(source) as small, rasterio.open(tmp_path / "large.tif") as large:
        for name in ("descriptions", "crs", "transform", "nodata", "dtypes"):
            assert getattr(large, name) == getattr(small, name)
        assert large.tags()["ACQUISITION_DATE"] == "2016-11-04"
        assert large.profile["tiled"]
        assert large.profile["compress"] == "deflate"
