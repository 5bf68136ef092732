"""Headers and bands of scenes: any dtype, nodata and mask, and the errors of bad files."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.warp import transform
from rasterio.windows import Window

from slidelens.errors import ResourceError, SceneError
from slidelens.geo.grid import Grid, covering_grid
from slidelens.geo.rasters.header import pixel_size_m, read_header
from slidelens.geo.rasters.scene import read_on_grid
from support.studies import BANDS, UTM, box, grid_of, numbered, write_image, write_shapes

WGS84 = CRS.from_epsg(4326)


def test_a_header_says_what_the_file_is(tmp_path: Path) -> None:
    header = read_header(write_image(tmp_path / "a.tif", grid_of(3, 4), numbered(3, 4)))
    assert (header.grid, header.bands, header.dtype) == (grid_of(3, 4), BANDS, "uint16")


def test_a_band_that_is_missing_is_refused_and_others_are_selected(tmp_path: Path) -> None:
    header = read_header(write_image(tmp_path / "a.tif", grid_of(3, 4), numbered(3, 4)))
    assert [band.position for band in header.select(["nir", "green"])] == [3, 1]
    with pytest.raises(SceneError, match="a.tif has no band swir, only green, red, nir"):
        header.require_bands(["red", "swir"])


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="there is no scene .*a.tif; check the path"):
        read_header(tmp_path / "a.tif")


def test_a_file_that_is_no_raster(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_text("not a TIFF")
    with pytest.raises(SceneError, match="cannot read .*a.tif: .*; is it a complete GeoTIFF"):
        read_header(tmp_path / "a.tif")


def test_a_vector_file_or_a_folder_is_called_that(tmp_path: Path) -> None:
    vector, text = (
        write_shapes(tmp_path / "a.gpkg", [box(grid_of(9, 9), 1, 1, 2, 2)]),
        tmp_path / "a.txt",
    )
    text.write_text("nothing")
    for path, message in (
        (vector, f"{vector} is a vector file, not a raster; give a raster"),
        (tmp_path, f"{tmp_path} is a folder, not a raster; name a file in it"),
        (
            text,
            f"cannot read {text}: GDAL knows no raster format like it; is it a complete GeoTIFF?",
        ),
    ):
        with pytest.raises(SceneError) as caught:
            read_header(path)
        assert str(caught.value) == message


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


def test_a_corner_at_the_origin_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_image(tmp_path / "a.tif", grid_of(3, 4, west=0, north=0), numbered(3, 4))
    header = read_header(path)
    read_on_grid(header, header.grid, header.bands)
    assert "a.tif: its upper left corner lies at exactly (0, 0)" in caplog.text


def test_metres_called_degrees(tmp_path: Path) -> None:
    grid = Grid(WGS84, grid_of(3, 4).transform, 3, 4)
    path = write_image(tmp_path / "a.tif", grid, numbered(3, 4))
    line = "a.tif is in EPSG:4326, but begins at 320000, 3110000, which is no place in it; set its"
    with pytest.raises(SceneError, match=line):
        read_header(path)


def test_a_crs_in_which_the_scene_has_no_place(tmp_path: Path) -> None:
    header = read_header(write_image(tmp_path / "a.tif", grid_of(3, 4), numbered(3, 4)))
    with pytest.raises(SceneError, match="which is no place in .*; set its true CRS"):
        header.bounds_in(CRS.from_string("+proj=ortho +lat_0=-28 +lon_0=-95"))


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


def test_a_truncated_file(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.tif", grid_of(200, 200), numbered(200, 200))
    path.write_bytes(path.read_bytes()[:60_000])
    with pytest.raises(SceneError, match=r"cannot read .*a.tif") as caught:
        read_on_grid(path, grid_of(200, 200), BANDS)
    assert "\n" not in str(caught.value)


def test_the_type_holds_the_values_of_the_bands_used(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.tif", grid_of(2, 2), numbered(2, 2))
    with rasterio.open(path, "r+") as dataset:
        dataset.offsets, dataset.scales = (0, -1000, 0), (1, 1, 1)
    header = read_header(path)
    assert header.dtype_of(["green", "nir"]) == "uint16"
    assert header.dtype_of(["green", "red"]) == header.dtype == "float32"


def test_scales_and_offsets_are_applied_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    values = numbered(3, 4)
    values[0, 0] = 0  # nodata, as stored
    path = write_image(tmp_path / "a.tif", grid_of(3, 4), values)
    with rasterio.open(path, "r+") as dataset:
        dataset.offsets, dataset.scales = (-1000,) * 3, (2,) * 3
    caplog.set_level(logging.INFO)
    scene = read_on_grid(path, grid_of(3, 4), BANDS)
    assert not scene.valid[0, 0]
    np.testing.assert_array_equal(scene.pixels[1:], values[1:] * 2.0 - 1000)
    assert "a.tif: the scale and offset that it declares are applied: × 2 -1000" in caplog.text


def test_more_pixels_than_memory_are_refused_before_they_are_read(tmp_path: Path) -> None:
    side = 10**6
    profile = {"count": 1, "dtype": "uint16", "crs": UTM, "sparse_ok": True, "BIGTIFF": "YES"}
    with rasterio.open(
        tmp_path / "a.tif",
        "w",
        driver="GTiff",
        height=side,
        width=side,
        transform=Affine(1, 0, 0, 0, -1, 3e6),
        tiled=True,
        blockxsize=8192,
        blockysize=8192,
        **profile,
    ) as dataset:
        dataset.descriptions = ("red",)
    header = read_header(tmp_path / "a.tif")
    with pytest.raises(ResourceError, match="a.tif on 1000000 rows .* of memory.*; use larger"):
        read_on_grid(header, header.grid, ["red"])


def test_a_scene_across_the_antimeridian_is_read(tmp_path: Path) -> None:
    """Longitudes may go on beyond 180° on either side."""
    values = numbered(40, 40)
    target = covering_grid((205_150, 3_111_550, 205_350, 3_111_750), CRS.from_epsg(32601), 10)
    pixels = []
    for west in (179.9988, -180.0012):
        grid = Grid(WGS84, Affine(1e-4, 0, west, 0, -1e-4, 28.1), 40, 40)
        scene = read_on_grid(write_image(tmp_path / "a.tif", grid, values), target, BANDS)
        assert scene.valid.all()
        pixels.append(scene.pixels)
    np.testing.assert_allclose(pixels[1], pixels[0], rtol=1e-3)


def test_ground_beyond_the_antimeridian_is_read_of_a_scene_across_it(tmp_path: Path) -> None:
    grid = Grid(WGS84, Affine(1e-4, 0, 179.9988, 0, -1e-4, 28.1), 40, 40)
    header = read_header(write_image(tmp_path / "a.tif", grid, numbered(40, 40)))
    across = covering_grid((205_150, 3_111_550, 205_450, 3_111_750), CRS.from_epsg(32601), 10)
    east = across.window(Window(20, 0, 10, 20))
    longitudes, _ = transform(east.crs, WGS84, [east.bounds[0], east.bounds[2]], [3_111_650] * 2)
    assert -180 < min(longitudes) < max(longitudes) < -179.9972
    beyond, whole = (read_on_grid(header, target, BANDS) for target in (east, across))
    assert beyond.valid.all()
    np.testing.assert_allclose(beyond.pixels, whole.pixels[:, 20:], rtol=1e-3)
