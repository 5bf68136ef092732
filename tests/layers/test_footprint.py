"""What a date could see, and histories on disk."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from slidelens.errors import InventoryError, SceneError
from slidelens.geo.vector import write_inventory, write_layers
from slidelens.layers.footprint import read_observed
from slidelens.layers.histories import read_observations


def raster(
    path: Path, bands: np.ndarray, nodata: float | None = 0, crs: str | None = "EPSG:32645"
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


def test_histories_keep_rows_without_ground(tmp_path: Path) -> None:
    rows = {"landslide_id": [1, 1], "date": ["2013", "2014"], "state": ["new", "healed"]}
    write_layers(
        {
            "observations": gpd.GeoDataFrame(
                rows, geometry=[shapely.box(0, 0, 5, 5), shapely.Polygon()], crs=32645
            )
        },
        tmp_path / "a.gpkg",
    )
    assert read_observations(tmp_path / "a.gpkg").state.tolist() == ["new", "healed"]


def test_no_histories(tmp_path: Path) -> None:
    write_inventory(
        gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 5, 5)], crs=32645), tmp_path / "a.gpkg"
    )
    with pytest.raises(InventoryError, match="cannot read the layer observations"):
        read_observations(tmp_path / "a.gpkg")
    write_layers(
        {
            "observations": gpd.GeoDataFrame(
                {"date": [1]}, geometry=[shapely.box(0, 0, 5, 5)], crs=32645
            )
        },
        tmp_path / "b.gpkg",
    )
    with pytest.raises(InventoryError, match="has no landslide_id"):
        read_observations(tmp_path / "b.gpkg")
