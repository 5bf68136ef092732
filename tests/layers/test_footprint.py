"""Observed ground, from rasters and polygons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray

from slidelens.errors import SceneError
from slidelens.geo.vector import write_inventory
from slidelens.layers.footprint import observed_ground, read_observed
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
