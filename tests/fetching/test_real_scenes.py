"""Iburi's real scenes as a catalogue: one file of three bands in degrees, half of it empty."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rasterio.crs import CRS

import slidelens as sl
from slidelens.geo.geotiff import read_scene
from slidelens.geo.rasters.header import read_header
from slidelens.geo.rasters.scene import read_on_grid
from support.iburi import DAYS, write_iburi_catalogue


def test_real_scenes_are_those_that_slidelens_resamples_itself(
    tmp_path: Path, real_data: Path
) -> None:
    iburi = real_data / "iburi"
    fetched = sl.fetch(
        iburi / "aoi/investigation.gpkg",
        ["2018-08-01/2018-09-05", "2018-09-06/2018-10-31"],
        tmp_path / "study",
        catalog=write_iburi_catalogue(iburi, tmp_path / "stac"),
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
