"""Where a raster lies, and a line of its own for everything that it may lack."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.rpc import RPC

from slidelens.errors import SceneError
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.georeference import read_grid
from slidelens.geo.rasters.opening import open_dataset

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
PLACE = Affine(10, 0, 320_000, 0, -10, 3_110_000)
MARS = (
    'GEOGCS["Mars",DATUM["D",SPHEROID["S",3396190,169.8]],PRIMEM["R",0],UNIT["degree",0.01745329]]'
)
SITE = 'LOCAL_CS["site grid",UNIT["metre",1]]'
POINTS = [
    GroundControlPoint(row, column, 320_000 + 10 * column, 3_110_000 - 10 * row)
    for row, column in ((0, 0), (0, 4), (4, 0))
]
SENSOR = RPC(
    height_off=0,
    height_scale=1,
    lat_off=28,
    lat_scale=1,
    long_off=86,
    long_scale=1,
    line_off=0,
    line_scale=1,
    samp_off=0,
    samp_scale=1,
    line_num_coeff=[1.0] * 20,
    line_den_coeff=[1.0] * 20,
    samp_num_coeff=[1.0] * 20,
    samp_den_coeff=[1.0] * 20,
)


def write(path: Path, rpcs: RPC | None = None, **profile: Any) -> Path:
    values = np.ones((1, 4, 4), np.uint8)
    options = {"height": 4, "width": 4, "count": 1, "dtype": "uint8"} | profile
    with rasterio.open(path, "w", driver="GTiff", **options) as dataset:
        if rpcs:
            dataset.rpcs = rpcs
        dataset.write(values)
    return path


def grid_of_file(path: Path) -> Grid:
    with open_dataset(path) as dataset:
        return read_grid(dataset, path)


@pytest.mark.parametrize(
    ("profile", "line"),
    [
        ({"transform": PLACE}, "has no CRS; set it, for instance with `gdal_edit.py -a_srs"),
        ({"crs": "EPSG:32645"}, "has no position; georeference it"),
        ({"crs": "EPSG:32645", "transform": Affine(1, 0, 0, 0, -1, 4)}, "has no position"),
        (
            {"crs": "EPSG:32645", "gcps": POINTS},
            "has ground control points .* warp it first",
        ),
        (
            {"rpcs": SENSOR},
            "rational polynomial coefficients .*; orthorectify it first",
        ),
        (
            {"crs": SITE, "transform": PLACE},
            r"no CRS that tells where on Earth .*\(site grid\)",
        ),
        ({"crs": MARS, "transform": Affine(1e-4, 0, 8, 0, -1e-4, 8)}, r"on Earth it is \(Mars\)"),
        ({"crs": "EPSG:4978", "transform": PLACE}, "no CRS that tells where on Earth it is"),
        ({"crs": "EPSG:4326", "transform": PLACE}, "begins at 320000, 3110000, which is no place"),
        (
            {"crs": "EPSG:32645", "transform": Affine(10, 0, 1e300, 0, -10, 1e300)},
            r"begins at 1e\+300, 1e\+300, which is no place in it; set its true CRS",
        ),
        (
            {"crs": "EPSG:32645", "transform": Affine(10, 0, np.nan, 0, -10, 3_110_000)},
            r"pixels without a size \(its geotransform is nan, 10",
        ),
        (
            {"crs": "EPSG:32645", "transform": Affine(1e-300, 0, 320_000, 0, -1e-300, 3_110_000)},
            "pixels without a size",
        ),
        (
            {"crs": "EPSG:32645", "transform": Affine(1e-9, 0, 320_000, 0, -1e-9, 3_110_000)},
            "m of ground, so its pixel size is wrong; correct it",
        ),
    ],
)
def test_what_is_not_on_earth_is_refused(
    profile: dict[str, Any], line: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SceneError, match=line) as caught:
        grid_of_file(write(tmp_path / "a.tif", **profile))
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")  # GDAL does not print either


@pytest.mark.parametrize(
    "transform",
    [
        Affine(1, 0, -0.5, 0, 1, -0.5),
        Affine(1, 0, 0.5, 0, -1, -0.5),
        Affine(1, 0, 0.5, 0, -1, 4.5),
    ],
)
def test_counting_from_a_corner_of_the_image_is_no_position(
    transform: Affine, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.tif", crs="EPSG:32645", transform=transform)
    with pytest.raises(SceneError, match="has no position"):
        grid_of_file(path)


@pytest.mark.parametrize(
    "transform",
    [
        PLACE @ Affine.rotation(30),
        Affine(10, 2, 320_000, 3, -10, 3_110_000),  # sheared
        Affine(10, 0, 320_000, 0, 10, 3_110_000),  # south up
        Affine(-10, 0, 320_000, 0, -10, 3_110_000),
    ],
)
def test_turned_and_mirrored_rasters_keep_their_place(transform: Affine, tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", crs="EPSG:32645", transform=transform)
    grid = grid_of_file(path)
    assert tuple(grid.transform) == pytest.approx(tuple(transform))
    assert grid.is_square is False


@pytest.mark.parametrize(
    ("west", "left"), [(200, -160), (-200, 160), (85, 85), (179.9, 179.9), (-180.1, 179.9)]
)
def test_longitudes_beyond_180_are_brought_back(west: float, left: float, tmp_path: Path) -> None:
    transform = Affine(0.1, 0, west, 0, -0.1, 28)
    grid = grid_of_file(write(tmp_path / "a.tif", crs="EPSG:4326", transform=transform))
    assert grid.bounds[0] == pytest.approx(left)


def test_subdatasets_are_named(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name in ("red", "nir"):
            file[name] = np.ones((40, 40))
    line = "a.h5 holds the subdatasets HDF5:.*red.*; give one of them as a GeoTIFF: `gdal_translate"
    with pytest.raises(SceneError, match=line):
        grid_of_file(tmp_path / "a.h5")


@pytest.mark.parametrize("name", ["a.h5", "two words/a.h5", "13:45/it's.h5"])
def test_the_advice_about_subdatasets_is_a_command_that_works(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    with h5py.File(path, "w") as file:
        for band in ("red", "nir"):
            file[band] = np.full((40, 40), 7.0)
    with pytest.raises(SceneError) as refusal:
        grid_of_file(path)
    command = shlex.split(str(refusal.value).split("`")[1])
    assert command[::2] == ["gdal_translate", "scene.tif"]
    with rasterio.open(command[1]) as dataset:  # what gdal_translate opens
        assert dataset.read(1).max() == 7


def test_several_images_in_one_file_are_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for options in ({}, {"APPEND_SUBDATASET": "YES"}):
        write(tmp_path / "a.tif", crs="EPSG:32645", transform=PLACE, **options)
    grid_of_file(tmp_path / "a.tif")
    assert "a.tif holds 2 rasters" in caplog.text
