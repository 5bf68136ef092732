"""Files of which GDAL would read fewer rows than they hold, and shapefiles in archives."""

from __future__ import annotations

import shutil
import sqlite3
import zipfile
from pathlib import Path

import pytest

from slidelens.errors import InventoryError
from slidelens.geo.vectors.inventory import read_inventory
from support.studies import area_grid, landslides, write_shapes


@pytest.fixture
def shapefile(tmp_path: Path) -> Path:
    folder = tmp_path / "shapes"
    folder.mkdir()
    return write_shapes(folder / "in.shp", landslides(area_grid(), 4, seed=0))


def archive(path: Path, shapefile: Path, folder: str) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for part in shapefile.parent.glob("in.*"):
            file.write(part, f"{folder}{part.name}")
        file.writestr(f"{folder}readme.txt", "outlines")
        file.writestr("__MACOSX/._in.shp", "x")
    return path


@pytest.mark.parametrize("folder", ["", "data/", "a/b c/"])
@pytest.mark.parametrize("name", ["in.zip", "in.shp.zip", "my data!.zip"])
def test_a_shapefile_in_an_archive(tmp_path: Path, shapefile: Path, folder: str, name: str) -> None:
    assert len(read_inventory(archive(tmp_path / name, shapefile, folder))) == 4


def test_a_table_of_fewer_rows_than_outlines(tmp_path: Path, shapefile: Path) -> None:
    raw = bytearray(shapefile.with_suffix(".dbf").read_bytes())
    raw[4:8] = (2).to_bytes(4, "little")
    shapefile.with_suffix(".dbf").write_bytes(raw)
    with pytest.raises(InventoryError, match=r"4 outlines, but its table in\.dbf has 2 rows"):
        read_inventory(shapefile)


def test_a_shapefile_without_its_index(shapefile: Path) -> None:
    shapefile.with_suffix(".shx").unlink()
    with pytest.raises(InventoryError, match=r"in\.shp lacks its index in\.shx; copy it too"):
        read_inventory(shapefile)


def test_a_counter_that_is_out_of_date(tmp_path: Path) -> None:
    path = write_shapes(tmp_path / "in.gpkg", landslides(area_grid(), 4, seed=0))
    assert len(read_inventory(path)) == 4
    with sqlite3.connect(path) as store:
        store.execute("update gpkg_ogr_contents set feature_count = 3")
    store.close()
    with pytest.raises(InventoryError, match="holds 4 rows, of which 3 can be read"):
        read_inventory(path)
    odd = tmp_path / "a?b.gpkg"
    shutil.copyfile(path, odd)
    with pytest.raises(InventoryError, match="holds 4 rows, of which 3 can be read"):
        read_inventory(odd)
