"""Scenes: read by band name from any CRS, dtype and nodata onto one grid, and written whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.warp import transform

from slidelens.errors import OutputError, SceneError
from slidelens.geo.geotiff import read_layer, read_scene, write_bytes, write_scene
from slidelens.geo.grid import Grid, covering_grid
from slidelens.geo.raster import Scene, pixel_size_m, read_header, read_on_grid
from slidelens.layers.probability import read_probability, write_probability
from support.studies import BANDS, UTM, grid_of, tree, write_image

WGS84 = CRS.from_epsg(4326)


def numbered(height: int, width: int, bands: int = 3, dtype: str = "uint16") -> NDArray:
    """(height, width, bands), every value different and none 0."""
    return (1 + np.arange(height * width * bands)).reshape(height, width, bands).astype(dtype)


# Headers


def test_a_header_says_what_the_file_is(tmp_path: Path) -> None:
    header = read_header(write_image(tmp_path / "a.tif", grid_of(3, 4), numbered(3, 4)))
    assert (header.grid, header.bands, header.dtype) == (grid_of(3, 4), BANDS, "uint16")


def test_names_for_bands_without_descriptions(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.tif", grid_of(3, 4), numbered(3, 4), names=(None,) * 3)
    assert read_header(path, BANDS).bands == BANDS
    with pytest.raises(
        SceneError,
        match="a.tif has 3 bands without distinct names and study.band_names has 2; name them in file order",
    ):
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
    with pytest.raises(
        SceneError,
        match="a.tif is in EPSG:4326, but begins at 320000, 3110000, which is no place in EPSG:32645; set its true CRS",
    ):
        header.bounds_in(UTM)


def test_the_side_of_a_pixel_in_metres(tmp_path: Path) -> None:
    metric = read_header(
        write_image(tmp_path / "a.tif", grid_of(40, 40, pixel_m=3.125), numbered(40, 40))
    )
    assert pixel_size_m(metric, UTM) == 3.125
    # The neighbouring zone is turned by two degrees there: the box around the scene grows by 3 %, the pixel does not.
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


# Onto a grid


def test_aligned_pixels_are_taken_as_they_are(tmp_path: Path) -> None:
    values = numbered(6, 7)
    path = write_image(tmp_path / "a.tif", grid_of(6, 7), values)
    # two columns and one row further in, one row less than a pixel past the end
    grid = covering_grid((320_020, 3_109_930, 320_060, 3_109_990), UTM, 10)
    scene = read_on_grid(path, grid, BANDS)
    assert scene.valid.tolist() == [[True] * 4] * 5 + [[False] * 4]
    np.testing.assert_array_equal(scene.pixels[:5], values[1:6, 2:6])
    assert not scene.pixels[5].any()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    row=st.integers(-9, 9),
    column=st.integers(-9, 9),
    height=st.integers(1, 12),
    width=st.integers(1, 12),
)
def test_any_aligned_part_is_taken_bit_for_bit(
    tmp_path: Path, row: int, column: int, height: int, width: int
) -> None:
    values, path = numbered(6, 7), tmp_path / "a.tif"
    if not path.exists():
        write_image(path, grid_of(6, 7), values)
    grid = grid_of(height, width, west=320_000 + 10 * column, north=3_110_000 - 10 * row)
    scene = read_on_grid(path, grid, BANDS)
    padded = np.pad(values, ((40, 40), (40, 40), (0, 0)))[
        40 + row : 40 + row + height, 40 + column : 40 + column + width
    ]
    np.testing.assert_array_equal(scene.pixels, padded)
    np.testing.assert_array_equal(scene.valid, padded.all(axis=2))


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


def test_finer_pixels_are_averaged(tmp_path: Path) -> None:
    # 2 × 2 pixels of 5 m in one of 10 m: (1 + 2 + 5 + 6) / 4 = 3.5 for the first
    values = (1 + np.arange(16, dtype="float32")).reshape(4, 4, 1)
    path = write_image(tmp_path / "a.tif", grid_of(4, 4, pixel_m=5), values, names=["red"])
    scene = read_on_grid(path, grid_of(2, 2), ["red"])
    np.testing.assert_allclose(scene.pixels[..., 0], [[3.5, 5.5], [11.5, 13.5]], rtol=1e-6)


def test_half_a_pixel_off_is_resampled(tmp_path: Path) -> None:
    # A plane is cubic convolution's own: half a pixel east of column c lies c + 0.5.
    values = np.tile(np.arange(20, dtype="float32") + 1, (20, 1))[..., None]
    path = write_image(tmp_path / "a.tif", grid_of(20, 20), values, names=["red"], nodata=None)
    scene = read_on_grid(path, grid_of(10, 10, west=320_055, north=3_109_950), ["red"])
    np.testing.assert_allclose(
        scene.pixels[..., 0], np.tile(np.arange(10) + 6.5, (10, 1)), rtol=1e-5
    )


def of_place(longitude: NDArray, latitude: NDArray) -> NDArray:
    """A smooth pattern on the Earth, so that any pixel's value follows from where it is."""
    return 1000 + 1e4 * (longitude - 85) + 2e4 * (latitude - 28)


def centres(grid: Grid) -> tuple[NDArray, NDArray]:
    """Longitude and latitude of each pixel's centre."""
    column, row = np.meshgrid(np.arange(grid.width) + 0.5, np.arange(grid.height) + 0.5)
    x, y = grid.transform.a * column + grid.transform.c, grid.transform.e * row + grid.transform.f
    longitude, latitude = transform(grid.crs, WGS84, x.ravel(), y.ravel())
    return np.reshape(longitude, grid.shape), np.reshape(latitude, grid.shape)


@pytest.mark.parametrize(
    "source",
    [
        Grid(
            WGS84, Affine(8.983e-5, 0, 85.195, 0, -8.983e-5, 28.135), 160, 160
        ),  # geographic, pixels not square in metres
        Grid(CRS.from_epsg(3857), Affine(11, 0, 9_483_700, 0, -11, 3_265_900), 200, 200),
        Grid(
            CRS.from_epsg(32644), Affine(10, 0, 912_000, 0, -10, 3_119_700), 200, 200
        ),  # the neighbouring zone, turned
        Grid(WGS84, Affine(8.983e-5, 0, 85.195, 0, 8.983e-5, 28.121), 160, 160),  # south up
    ],
)
def test_any_crs_puts_values_where_they_belong(tmp_path: Path, source: Grid) -> None:
    values = of_place(*centres(source))[..., None].astype("float32")
    path = write_image(tmp_path / "a.tif", source, values, names=["red"], nodata=None)
    grid = covering_grid((323_600, 3_112_600, 324_100, 3_113_100), UTM, 10)
    scene = read_on_grid(path, grid, ["red"])
    assert scene.valid.all()
    np.testing.assert_allclose(
        scene.pixels[..., 0], of_place(*centres(grid)), atol=0.1
    )  # a pixel's worth is about 1


def test_nodata_of_one_band_does_not_bleed_through_resampling(tmp_path: Path) -> None:
    source = Grid(WGS84, Affine(8.983e-5, 0, 85.195, 0, -8.983e-5, 28.135), 160, 160)
    values = np.full((160, 160, 2), 500, np.uint16)
    values[:, :100, 1] = 0
    path = write_image(tmp_path / "a.tif", source, values, names=("red", "nir"))
    scene = read_on_grid(
        path, covering_grid((323_600, 3_112_600, 324_900, 3_113_100), UTM, 10), ["red", "nir"]
    )
    assert 0.2 < scene.valid.mean() < 0.8
    np.testing.assert_allclose(scene.pixels[scene.valid], 500, rtol=1e-5)


def test_a_scene_elsewhere_has_no_valid_pixel(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.tif", grid_of(4, 4), numbered(4, 4))
    scene = read_on_grid(path, grid_of(4, 4, west=400_000), BANDS)
    assert not scene.valid.any()
    assert not scene.pixels.any()


def test_a_truncated_file(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.tif", grid_of(200, 200), numbered(200, 200))
    path.write_bytes(path.read_bytes()[:60_000])
    with pytest.raises(SceneError, match=r"cannot read .*a.tif") as caught:
        read_on_grid(path, grid_of(200, 200), BANDS)
    assert "\n" not in str(caught.value)


# Written and read back


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


def test_a_probability_map_comes_back_to_a_255th(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    probability, valid = rng.random((300, 280), dtype=np.float32), rng.random((300, 280)) > 0.2
    write_probability(probability, valid, grid_of(300, 280), tmp_path / "p.tif", {"DATE": "2013"})
    back, seen, grid = read_probability(tmp_path / "p.tif")
    assert grid == grid_of(300, 280)
    np.testing.assert_array_equal(seen, valid)
    assert np.abs(back - probability)[valid].max() <= 0.5 / 255 + 1e-6
    assert not back[~valid].any()  # for tools that know no masks


def test_a_probability_map_is_cloud_optimised_and_says_what_it_is(tmp_path: Path) -> None:
    write_probability(
        np.full((600, 600), 0.2, np.float32),
        np.ones((600, 600), bool),
        grid_of(600, 600),
        tmp_path / "p.tif",
        {"DATE": "2013"},
    )
    with rasterio.open(tmp_path / "p.tif") as dataset:
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert dataset.overviews(1)
        assert (dataset.tags()["DATE"], dataset.dtypes, dataset.descriptions) == (
            "2013",
            ("uint8",),
            ("landslide probability",),
        )
        assert dataset.scales == (1 / 255,)


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


FULL = """
import resource, sys
import numpy as np
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from support.studies import grid_of
from slidelens.errors import OutputError
from slidelens.geo.geotiff import write_bytes, write_scene
from slidelens.geo.raster import Scene
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
