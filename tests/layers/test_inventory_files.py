"""The inventory of a date: any vector format, in capitals or not, and never called absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from slidelens.errors import InventoryError
from slidelens.layers.inventory_files import find_inventory, is_vector
from support.studies import box, grid_of, write_shapes

SQUARE = box(grid_of(20, 20), 0, 0, 3, 3)


def test_the_inventory_of_a_date(tmp_path: Path) -> None:
    assert find_inventory(tmp_path, "2013") is None
    assert find_inventory(tmp_path / "nowhere", "2013") is None
    path = write_shapes(tmp_path / "2013.gpkg", [SQUARE])
    assert find_inventory(tmp_path, "2013") == path
    write_shapes(tmp_path / "2013.geojson", [SQUARE])
    with pytest.raises(
        InventoryError, match="has 2 inventories for 2013: 2013.gpkg, 2013.geojson; keep one"
    ):
        find_inventory(tmp_path, "2013")


@pytest.mark.parametrize(
    "name",
    ["2013.GPKG", "2013.Shp", "2013.json", "2013.kml", "2013.gml", "2013.shp.zip", "2013.Parquet"],
)
def test_any_suffix_of_a_vector_format(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert find_inventory(tmp_path, "2013") == tmp_path / name
    assert is_vector(name)
    assert is_vector(f"{name}|layername=aoi")


def test_files_beside_an_inventory_are_not_taken_for_it(tmp_path: Path) -> None:
    for suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg", ".shp.xml", ".json", ".tif", ".txt"):
        (tmp_path / f"2013{suffix}").touch()
    assert find_inventory(tmp_path, "2013") == tmp_path / "2013.shp"
    for name in ("2014.txt", "2014.qml", "2014.5.gpkg", "20145.gpkg"):
        (tmp_path / name).touch()
    assert find_inventory(tmp_path, "2014") is None


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("2016.tif", "it is a raster; polygonise it first"),
        ("2016.dbf", "it is a part of a shapefile, and 2016.shp is missing"),
        ("2016.feather", ".feather is no vector format known here; convert it with ogr2ogr"),
        ("2016.gpkg.dvc", "2016.gpkg is in DVC and not here; run `dvc pull`"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(
        InventoryError, match=rf"{name} cannot be used as the inventory of 2016: {why}"
    ):
        find_inventory(tmp_path, "2016")


def test_a_raster_is_no_vector_file() -> None:
    assert not is_vector("2016.tif")
    assert not is_vector("2016.vrt")
