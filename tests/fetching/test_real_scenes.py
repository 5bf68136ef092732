"""Iburi's real scenes as a catalogue: one file of three bands in degrees, half of it empty."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from rasterio.crs import CRS

import slidelens as sl
from slidelens.geo.geotiff import read_scene
from slidelens.geo.rasters.header import read_header
from slidelens.geo.rasters.scene import read_on_grid
from support.stac import write_catalogue

DAYS = {"pre": "2018-08-12", "post": "2018-09-16"}  # nominal: the files do not tell


def write_item(scene: Path, folder: Path, day: str) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    shutil.copy(scene, folder)
    with rasterio.open(scene) as dataset:
        box = list(dataset.bounds)
        names = dataset.descriptions
    bands = [{"name": name, "common_name": name} for name in names]
    raster = [{"nodata": 0, "data_type": "uint16", "scale": 1e-4, "offset": 0}] * len(names)
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": [],
        "id": f"S2_{scene.stem}",
        "collection": "sentinel-2-l2a",
        "geometry": shapely.geometry.mapping(shapely.box(*box)),
        "bbox": box,
        "properties": {"datetime": f"{day}T01:27:00Z", "s2:processing_baseline": "02.08"},
        "links": [],
        "assets": {
            "data": {
                "href": scene.name,
                "roles": ["data"],
                "type": "image/tiff",
                "eo:bands": bands,
                "raster:bands": raster,
            }
        },
    }


def test_real_scenes_are_those_that_slidelens_resamples_itself(
    tmp_path: Path, real_data: Path
) -> None:
    iburi = real_data / "iburi"
    folder = tmp_path / "stac"
    items = [write_item(iburi / f"scenes/{name}.tif", folder, day) for name, day in DAYS.items()]
    fetched = sl.fetch(
        iburi / "aoi/investigation.gpkg",
        ["2018-08-01/2018-09-05", "2018-09-06/2018-10-31"],
        tmp_path / "study",
        catalog=write_catalogue(folder, *items),
    )
    assert fetched.dates == tuple(DAYS.values())
    for name, path in zip(DAYS, fetched.scenes, strict=True):
        scene = read_scene(path)
        assert scene.bands == ("red", "green", "blue")
        assert scene.grid.crs == CRS.from_epsg(32654)
        own = read_on_grid(read_header(iburi / f"scenes/{name}.tif"), scene.grid, scene.bands)
        both = scene.valid & own.valid
        assert both.sum() > 0.99 * max(scene.valid.sum(), own.valid.sum())
        difference = np.abs(scene.pixels - own.pixels)[both]
        assert np.median(difference) < 3  # of about 1000
        assert np.quantile(difference, 0.99) < 40
