"""Headers and bands of scenes: any dtype, nodata and mask, and the errors of bad files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import ColorInterp

from slidelens.errors import SceneError
from slidelens.geo.geotiff import read_scene
from slidelens.geo.grid import Grid
from slidelens.geo.raster import pixel_size_m, read_header, read_on_grid
from support.studies import BANDS, UTM, grid_of, numbered, write_image

WGS84 = CRS.from_epsg(4326)


def test_a_header_says_what_the_file_is(tmp_path: Path) -> None:
    header = read_header(write_image(tmp_path / "a.tif", grid_of(3, 4), numbered(3, 4)))
    assert (header.grid, header.bands, header.dtype) == (grid_of(3, 4), BANDS, "uint16")


def test_names_for_bands_without_descriptions(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.tif", grid_of(3, 4), numbered(3, 4), names=(None,) * 3)
    assert read_header(path, BANDS).bands == BANDS
    line = (
        "a.tif has 3 bands without distinct names and study.band_names has 2;"
        " name them in file order"
    )
    with pytest.raises(SceneError, match=line):
        read_header(path, ["red", "nir"])


def test_bands_with_the_same_name_need_names(tmp_path: Path) -> None:
    path = write_image(
        tmp_path / "a.tif", grid_of(3, 4), numbered(3, 4), names=("red", "red", "nir")
    )
    with pytest.raises(SceneError, match="has 3 bands without distinct names"):
        read_header(path)


def test_a_missing_band_is_named(tmp_path: Path) -> None:
    header = read_header(write_image(tmp_path / "a.tif", grid_of(3, 4), numbered(3, 4)))
    with pytest.raises(
        SceneError,
        match="a.tif has no band swir, only green, red, nir; name its bands in study.band_names",
    ):
        header.positions(["red", "swir"])


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="there is no scene .*a.tif; check the path"):
        read_header(tmp_path / "a.tif")


def test_a_file_that_is_no_raster(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_text("not a TIFF")
    with pytest.raises(SceneError, match="cannot read .*a.tif: .*; is it a complete GeoTIFF"):
        read_header(tmp_path / "a.tif")


@pytest.mark.filterwarnings(
    "ignore::rasterio.errors.NotGeoreferencedWarning"
)  # that is what is tested
def test_a_scene_without_crs(tmp_path: Path) -> None:
    with rasterio.open(
        tmp_path / "a.tif", "w", driver="GTiff", height=2, width=2, count=1, dtype="uint8"
    ) as dataset:
        dataset.write(np.ones((1, 2, 2), np.uint8))
    with pytest.raises(
        SceneError,
        match="a.tif has no CRS; set it, for instance with `gdal_edit.py -a_srs EPSG:32645`",
    ):
        read_header(tmp_path / "a.tif")


def test_metres_called_degrees(tmp_path: Path) -> None:
    grid = Grid(WGS84, grid_of(3, 4).transform, 3, 4)
    header = read_header(write_image(tmp_path / "a.tif", grid, numbered(3, 4)))
    line = (
        "a.tif is in EPSG:4326, but begins at 320000, 3110000,"
        " which is no place in EPSG:32645; set its true CRS"
    )
    with pytest.raises(SceneError, match=line):
        header.bounds_in(UTM)


def test_the_side_of_a_pixel_in_metres(tmp_path: Path) -> None:
    metric = read_header(
        write_image(tmp_path / "a.tif", grid_of(40, 40, pixel_m=3.125), numbered(40, 40))
    )
    assert pixel_size_m(metric, UTM) == 3.125
    # The neighbouring zone is turned by two degrees there: the box around the scene grows by 3 %,
    # the pixel does not.
    assert pixel_size_m(metric, CRS.from_epsg(32644)) == 3.1
    oblong = read_header(
        write_image(tmp_path / "b.tif", Grid(UTM, Affine(5, 0, 0, 0, -7, 0), 4, 4), numbered(4, 4))
    )
    assert pixel_size_m(oblong, UTM) == 5
    # 8.983e-5° of latitude are 10.0 m, of longitude at 42.7° N 7.4 m: the shorter side counts
    degrees = Grid(WGS84, Affine(8.983e-5, 0, 141.9, 0, -8.983e-5, 42.7), 40, 40)
    assert (
        pixel_size_m(
            read_header(write_image(tmp_path / "c.tif", degrees, numbered(40, 40))),
            CRS.from_epsg(32654),
        )
        == 7.4
    )


def test_bands_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    values = numbered(3, 4)
    path = write_image(tmp_path / "a.tif", grid_of(3, 4), values)
    scene = read_on_grid(path, grid_of(3, 4), ["nir", "green"])
    assert scene.bands == ("nir", "green")
    np.testing.assert_array_equal(scene.pixels, values[..., [2, 0]])


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32", "float32", "float64"])
def test_any_dtype(tmp_path: Path, dtype: str) -> None:
    values = numbered(3, 4, dtype=dtype)
    scene = read_on_grid(
        write_image(tmp_path / "a.tif", grid_of(3, 4), values), grid_of(3, 4), BANDS
    )
    assert scene.pixels.dtype == np.float32
    np.testing.assert_array_equal(scene.pixels, values)


def test_a_pixel_is_valid_where_every_band_is(tmp_path: Path) -> None:
    values = numbered(3, 4)
    values[0, 0, 0] = values[1, 2, 1] = values[2, :, 2] = 0  # ragged: each band misses others
    scene = read_on_grid(
        write_image(tmp_path / "a.tif", grid_of(3, 4), values), grid_of(3, 4), BANDS
    )
    assert scene.valid.tolist() == [
        [False, True, True, True],
        [True, True, False, True],
        [False] * 4,
    ]
    assert not scene.pixels[~scene.valid].any()


def test_nan_and_infinity_are_no_values(tmp_path: Path) -> None:
    values = numbered(2, 3, dtype="float32")
    values[0, 1, 0], values[1, 2, 2], values[1, 0, 1] = np.nan, np.inf, -np.inf
    scene = read_on_grid(
        write_image(tmp_path / "a.tif", grid_of(2, 3), values, nodata=None), grid_of(2, 3), BANDS
    )
    assert scene.valid.tolist() == [[True, False, True], [False, True, False]]
    assert np.isfinite(scene.pixels).all()


def test_nodata_that_is_nan_or_negative(tmp_path: Path) -> None:
    for nodata in (np.nan, -9999.0):
        values = numbered(2, 2, dtype="float32")
        values[0, 0] = nodata
        scene = read_on_grid(
            write_image(tmp_path / "a.tif", grid_of(2, 2), values, nodata=nodata),
            grid_of(2, 2),
            BANDS,
        )
        assert scene.valid.tolist() == [[False, True], [True, True]]


def test_a_mask_band_is_respected_and_zero_is_then_a_value(tmp_path: Path) -> None:
    values, mask = numbered(2, 3), np.array([[True, False, True], [True, True, True]])
    values[1, 1] = 0
    scene = read_on_grid(
        write_image(tmp_path / "a.tif", grid_of(2, 3), values, nodata=None, mask=mask),
        grid_of(2, 3),
        BANDS,
    )
    np.testing.assert_array_equal(scene.valid, mask)


def test_an_alpha_band_is_a_mask_and_no_band(tmp_path: Path) -> None:
    profile = {
        "height": 2,
        "width": 2,
        "count": 4,
        "dtype": "uint8",
        "crs": UTM,
        "transform": grid_of(2, 2).transform,
        "photometric": "RGB",
    }
    with rasterio.open(tmp_path / "a.tif", "w", driver="GTiff", **profile) as dataset:
        dataset.colorinterp = [
            ColorInterp.red,
            ColorInterp.green,
            ColorInterp.blue,
            ColorInterp.alpha,
        ]
        dataset.descriptions = ("red", "green", "blue", None)
        dataset.write(np.array([[[7, 7], [7, 7]]] * 3 + [[[255, 255], [0, 255]]], np.uint8))
    scene = read_scene(tmp_path / "a.tif")
    assert scene.bands == ("red", "green", "blue")
    assert scene.valid.tolist() == [[True, True], [False, True]]


def test_a_truncated_file(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.tif", grid_of(200, 200), numbered(200, 200))
    path.write_bytes(path.read_bytes()[:60_000])
    with pytest.raises(SceneError, match=r"cannot read .*a.tif") as caught:
        read_on_grid(path, grid_of(200, 200), BANDS)
    assert "\n" not in str(caught.value)
