"""Surfaces with their unit, written as GeoTIFF."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.crs import CRS

from slidelens.errors import GridError, OutputError
from slidelens.geo.grid import Grid
from slidelens.layers.surface import read_unit, require_cells, write_surface
from support.studies import WEST, grid_of

GRID = Grid(CRS.from_epsg(32645), Affine(20, 0, 320_000, 0, -20, 3_110_000), 3, 4)


def test_values_place_unit_and_tags_come_back(tmp_path: Path) -> None:
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    values[0, 0] = np.nan
    write_surface(
        tmp_path / "density.tif",
        values,
        GRID,
        "landslides per km²",
        "kernel density",
        {"RADIUS_M": "100"},
    )
    with rasterio.open(tmp_path / "density.tif") as dataset:
        np.testing.assert_array_equal(dataset.read(1), values)
        assert np.isnan(dataset.nodata)
        assert (dataset.crs, dataset.transform, dataset.shape) == (
            GRID.crs,
            GRID.transform,
            GRID.shape,
        )
        assert (dataset.units, dataset.descriptions) == (
            ("landslides per km²",),
            ("kernel density",),
        )
        assert dataset.tags()["UNIT"] == "landslides per km²"
        assert dataset.tags()["RADIUS_M"] == "100"
    assert read_unit(tmp_path / "density.tif") == "landslides per km²"


def test_the_same_surface_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.tif", "b.tif"):
        write_surface(tmp_path / name, np.ones((3, 4), np.float32), GRID, "m", "d")
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot write .*file/a\.tif: "):
        write_surface(tmp_path / "file" / "a.tif", np.ones((3, 4), np.float32), GRID, "m", "d")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_cells_over_another_extent_are_refused() -> None:
    area, path = grid_of(30, 97), Path("a.tif")
    require_cells(grid_of(12, 39, 25), area, path)
    for cells in (grid_of(12, 38, 25), grid_of(12, 39, 25, west=WEST + 25), grid_of(1, 1, 25)):
        with pytest.raises(GridError, match="39 columns of 25 m in EPSG:32645 and "):
            require_cells(cells, area, path)
