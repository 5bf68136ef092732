"""GeoTIFFs written and read back, and disks that fill up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from slidelens.errors import OutputError
from slidelens.geo.geotiff import as_type, read_layer, read_scene, write_bytes, write_scene
from slidelens.geo.rasters.scene import Scene
from slidelens.layers.probability import write_probability
from support.studies import BANDS, grid_of, tree


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_a_scene_comes_back_as_it_was(tmp_path: Path, dtype: str) -> None:
    rng = np.random.default_rng(1)
    valid = rng.random((30, 40)) > 0.3
    pixels = np.where(valid[..., None], rng.integers(0, 250, (30, 40, 3)), 0).astype(np.float32)
    scene = Scene(grid_of(30, 40), BANDS, pixels, valid)
    write_scene(scene, tmp_path / "a.tif", dtype)
    back = read_scene(tmp_path / "a.tif")
    assert (back.grid, back.bands) == (scene.grid, scene.bands)
    np.testing.assert_array_equal(back.valid, valid)  # a valid 0 stays valid
    np.testing.assert_array_equal(back.pixels, pixels)


def test_integers_are_rounded_and_clipped(tmp_path: Path) -> None:
    pixels = np.array([[-3.0, 1.4], [1.6, 300.0]], np.float32)[..., None]
    write_scene(
        Scene(grid_of(2, 2), ("red",), pixels, np.ones((2, 2), bool)), tmp_path / "a.tif", "uint8"
    )
    assert read_scene(tmp_path / "a.tif").pixels[..., 0].tolist() == [[0, 1], [2, 255]]


def test_the_same_pixels_give_the_same_bytes(tmp_path: Path) -> None:
    probability, valid = (
        np.random.default_rng(1).random((300, 280), dtype=np.float32),
        np.ones((300, 280), bool),
    )
    for name in ("a", "b"):
        write_scene(
            Scene(grid_of(300, 280), ("red",), probability[..., None], valid),
            tmp_path / name / "scene.tif",
        )
        write_probability(probability, valid, grid_of(300, 280), tmp_path / name / "p.tif")
        write_bytes(
            (probability * 9).astype(np.uint8),
            grid_of(300, 280),
            tmp_path / name / "labels.tif",
            "landslide",
            nodata=255,
        )
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert len(tree(tmp_path / "a")) == 3  # no side files


def test_bytes_come_back(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 256, (30, 40)).astype(np.uint8)
    write_bytes(
        values, grid_of(30, 40), tmp_path / "a.tif", "landslide", {"VALUES": "0 none"}, nodata=255
    )
    back, grid = read_layer(tmp_path / "a.tif")
    assert grid == grid_of(30, 40)
    np.testing.assert_array_equal(back, values)


def test_floats_stay_and_integers_are_rounded_to_even_and_clipped() -> None:
    values = np.array([-3.0, 0.5, 1.5, 300.0], np.float32)
    assert as_type(values, np.dtype("float64")).tolist() == [-3, 0.5, 1.5, 300]
    assert as_type(values, np.dtype("uint8")).tolist() == [0, 0, 2, 255]


@pytest.mark.parametrize("dtype", ["int32", "uint32", "int64", "uint64"])
def test_integers_of_more_digits_than_floats_are_clipped_too(dtype: str) -> None:
    limits = np.iinfo(dtype)
    low, high = as_type(np.array([-1e20, 1e20], np.float32), np.dtype(dtype)).tolist()
    assert low == limits.min
    assert 0.9999 * limits.max < high <= limits.max


FULL = """
import resource, sys
import numpy as np
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from support.studies import grid_of
from slidelens.errors import OutputError
from slidelens.geo.geotiff import write_bytes, write_scene
from slidelens.geo.rasters.scene import Scene
from slidelens.layers.probability import write_probability
rng, grid, folder = np.random.default_rng(0), grid_of(300, 300), Path(sys.argv[2])
noise, valid = rng.random((300, 300), dtype=np.float32), np.ones((300, 300), bool)
writers = {
    "scene.tif": lambda path: write_scene(Scene(grid, ("red",), noise[..., None], valid), path),
    "probability.tif": lambda path: write_probability(noise, valid, grid, path),
    "labels.tif": lambda path: write_bytes((noise * 255).astype(np.uint8), grid, path, "landslide"),
}
for name, write in writers.items():
    write(folder / name)
    size = (folder / name).stat().st_size
    for limit in (1, 1000, size // 2, size - 1000, size - 1):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        try:
            write(folder / name)
            print(name, limit, "of", size, "was not refused")
        except OutputError:
            pass
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


def test_a_disk_that_fills_up_at_any_byte_is_noticed_and_leaves_the_old_file(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(Path(__file__).parents[1]), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr[-2000:]
    assert sorted(tree(tmp_path)) == ["labels.tif", "probability.tif", "scene.tif"]
    for name in tree(tmp_path):
        read_layer(tmp_path / name)


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "maps").write_text("in the way")
    with pytest.raises(OutputError, match="cannot write .*maps/a.tif"):
        write_scene(
            Scene(grid_of(2, 2), ("red",), np.zeros((2, 2, 1), np.float32), np.ones((2, 2), bool)),
            tmp_path / "maps/a.tif",
        )
