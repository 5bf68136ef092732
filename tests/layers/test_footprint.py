"""Observed ground, from rasters and polygons."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import ColorInterp

from slidelens.errors import ResourceError, SceneError
from slidelens.geo.rasters.options import ReadingOptions
from slidelens.geo.vectors.inventory import write_inventory, write_layers
from slidelens.layers.footprint import observed_ground, outline_valid_pixels, read_observed
from slidelens.layers.probability import write_probability
from support.studies import UTM, grid_of


def raster(
    path: Path, bands: NDArray[Any], nodata: float | None = 0, crs: str | None = "EPSG:32645"
) -> Path:
    profile = {
        "driver": "GTiff",
        "count": len(bands),
        "height": bands.shape[1],
        "width": bands.shape[2],
        "dtype": bands.dtype,
        "nodata": nodata,
    }
    with rasterio.open(
        path, "w", crs=crs, transform=Affine(10, 0, 0, 0, -10, 100), **profile
    ) as dataset:
        dataset.write(bands)
    return path


def test_valid_where_every_band_is(tmp_path: Path) -> None:
    bands = np.ones((2, 10, 10), np.uint16)
    bands[0, :3], bands[1, :, :2] = 0, 0
    found = read_observed(raster(tmp_path / "scene.tif", bands))
    assert found.area.sum() == 7 * 8 * 100
    assert found.crs == "EPSG:32645"


def test_nan_is_not_valid(tmp_path: Path) -> None:
    bands = np.ones((1, 10, 10), np.float32)
    bands[0, 0] = np.nan
    assert read_observed(raster(tmp_path / "scene.tif", bands, None)).area.sum() == 9000


def test_polygons_are_taken_as_they_are(tmp_path: Path) -> None:
    write_inventory(
        gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 5, 5)], crs=32645), tmp_path / "seen.gpkg"
    )
    assert read_observed(tmp_path / "seen.gpkg").area.tolist() == [25]


@pytest.mark.parametrize("layer", ["observed", "Study area", "mapped"])
def test_the_landslides_of_a_file_are_not_what_was_seen(layer: str, tmp_path: Path) -> None:
    seen = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 900, 900)], crs=UTM.to_wkt())
    slides = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 9, 9)], crs=UTM.to_wkt())
    write_layers({"landslides": slides, layer: seen}, tmp_path / "a.gpkg")
    assert read_observed(tmp_path / "a.gpkg").area.sum() == 900 * 900


def test_a_file_without_polygons_observes_nothing_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_inventory(gpd.GeoDataFrame(geometry=[], crs=UTM), tmp_path / "none.gpkg")
    assert read_observed(tmp_path / "none.gpkg").empty
    assert "nothing counts as observed" in caplog.text


def test_neither_raster_nor_polygons(tmp_path: Path) -> None:
    (tmp_path / "scene.txt").write_text("nothing")
    with pytest.raises(SceneError, match=r"cannot read .*scene.txt.*give a raster, or polygons"):
        read_observed(tmp_path / "scene.txt")


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_raster_without_crs(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="has no CRS; set it"):
        read_observed(raster(tmp_path / "scene.tif", np.ones((1, 10, 10), np.uint8), crs=None))


def test_valid_pixels_as_polygons() -> None:
    valid = np.zeros((3, 4), bool)
    valid[0, 0], valid[2, 1:3] = True, True
    ground = observed_ground(valid, grid_of(3, 4))  # pixels of 100 m²
    assert sorted(ground.area) == [100, 200]
    assert ground.crs == UTM


@pytest.mark.parametrize("fill", [0, 65535])
def test_filled_pixels_are_reported_until_a_nodata_value_is_given(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, fill: int
) -> None:
    bands = np.ones((2, 10, 10), np.uint16)
    bands[:, :5] = fill
    path = raster(tmp_path / "scene.tif", bands, None)
    options = ReadingOptions(nodata_option="--nodata")
    assert read_observed(path, options).area.sum() == 10_000
    assert f"scene.tif: 50 % of the pixels are {fill} in all bands" in caplog.text
    assert f"`--nodata {fill}`" in caplog.text
    caplog.clear()
    assert read_observed(path, replace(options, nodata=fill)).area.sum() == 5000
    assert not caplog.text


def test_alpha_after_five_bands_is_the_mask(tmp_path: Path) -> None:
    bands = np.full((6, 10, 10), 9, np.uint16)
    bands[5, :5] = 0
    path = raster(tmp_path / "scene.tif", bands, None)
    with rasterio.open(path, "r+") as dataset:
        dataset.colorinterp = [ColorInterp.undefined] * 5 + [ColorInterp.alpha]
    assert read_observed(path).area.sum() == 5000


def test_a_mask_that_looks_like_an_image_is_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """GDAL calls the fourth of four bands of bytes alpha, also a near-infrared one."""
    bands = np.arange(400, dtype=np.uint8).reshape(4, 10, 10)
    read_observed(raster(tmp_path / "scene.tif", bands, None))
    assert "its alpha band, taken as a mask, has many values in" in caplog.text


def test_a_raster_of_more_pixels_than_memory(tmp_path: Path) -> None:
    text = '<VRTDataset rasterXSize="1000000" rasterYSize="1000000"><SRS>EPSG:32645</SRS>'
    text += "<GeoTransform>320000, 1, 0, 3110000, 0, -1</GeoTransform>"
    (tmp_path / "a.vrt").write_text(f'{text}<VRTRasterBand dataType="Byte" band="1"/></VRTDataset>')
    with pytest.raises(ResourceError, match="a.vrt, 1000000 rows .* needs .*; give polygons"):
        read_observed(tmp_path / "a.vrt")


def test_the_outline_covers_all_valid_pixels(tmp_path: Path) -> None:
    grid = grid_of(70, 100)
    valid = np.random.default_rng(0).random(grid.shape) < 0.01
    write_probability(valid.astype(np.float32), valid, grid, tmp_path / "p.tif")
    ground = outline_valid_pixels(tmp_path / "p.tif", grid, most_px=20).outline
    rows, columns = np.nonzero(valid)
    assert shapely.covers(
        ground, shapely.points(*grid.centre_of(rows.astype(float), columns.astype(float)))
    ).all()
    assert shapely.box(*grid.bounds).covers(ground)
    assert shapely.area(ground) < 0.5 * shapely.box(*grid.bounds).area
    exact = outline_valid_pixels(tmp_path / "p.tif", grid, most_px=100).outline
    assert shapely.area(exact) == valid.sum() * grid.pixel_area_m2


OUTLINE = """
import resource, sys
from pathlib import Path
from slidelens.layers.footprint import outline_valid_pixels
from support.studies import grid_of

def peak_kb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

outline_valid_pixels(Path(sys.argv[1]), grid_of(512, 512), 2048)
before = peak_kb()
outline_valid_pixels(Path(sys.argv[1]), grid_of(SIDE, SIDE), 2048)
print(peak_kb() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count in other units")
def test_a_large_map_is_not_kept_in_memory(tmp_path: Path) -> None:
    """GDAL alone would keep a twentieth of the machine's memory, here all 400 MB of the map."""
    side = 20_000
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint8", "nodata": 0, "sparse_ok": True}
    place = {"crs": UTM, "transform": grid_of(side, side).transform}
    with rasterio.open(
        tmp_path / "p.tif", "w", width=side, height=side, tiled=True, **place, **profile
    ):
        pass
    run = subprocess.run(
        [sys.executable, "-c", OUTLINE.replace("SIDE", str(side)), str(tmp_path / "p.tif")],
        env=os.environ | {"GDAL_CACHEMAX": "1000", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(run.stdout) < 200_000


def test_ground_strewn_with_gaps_is_outlined_by_larger_pixels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slidelens.layers.footprint._MOST_EDGES", 500)
    grid = grid_of(71, 45)
    valid = np.random.default_rng(0).random(grid.shape) > 0.2
    write_probability(valid.astype(np.float32), valid, grid, tmp_path / "p.tif")
    ground, step = outline_valid_pixels(tmp_path / "p.tif", grid, most_px=100)
    assert step in (2, 4)
    rows, columns = np.nonzero(valid)
    centres = shapely.points(*grid.centre_of(rows.astype(float), columns.astype(float)))
    assert shapely.covers(ground, centres).all()
    assert shapely.box(*grid.bounds).covers(ground)
