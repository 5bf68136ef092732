"""Inventories in files and in memory."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from slidelens.api.inputs.inventories import load_area, load_inventory, load_together, merge_area
from slidelens.errors import InventoryError
from slidelens.geo.vectors.inventory import write_layers
from slidelens.layers.vector_formats import write_styled
from support.inventories.scatter import SCATTER, landslides, saved


def test_a_file_has_its_name_and_a_frame_its_role(tmp_path: Path) -> None:
    path = saved(tmp_path, "2015.gpkg", SCATTER)
    inventory = load_inventory(path, "observed")
    assert (inventory.name, inventory.stem) == ("2015.gpkg", "2015")
    assert inventory.location == str(path)
    assert load_inventory(str(path), "observed").location == str(path)
    assert load_inventory(SCATTER, "observed").name == "observed"


def test_frames_that_are_no_inventory_are_refused() -> None:
    square = shapely.box(0, 0, 1, 1)
    with pytest.raises(InventoryError, match="observed has no CRS; set it with"):
        load_inventory(gpd.GeoDataFrame(geometry=[square]), "observed")
    points = gpd.GeoDataFrame(geometry=[shapely.Point(325_000, 3_110_000)], crs=32645)
    with pytest.raises(InventoryError, match="observed"):
        load_inventory(points, "observed")


def test_what_is_neither_a_path_nor_a_frame_is_refused() -> None:
    with pytest.raises(InventoryError, match="observed is a int; give a path or a GeoDataFrame"):
        load_inventory(7, "observed")
    with pytest.raises(InventoryError, match="observed has no geometry column; set it with"):
        load_inventory(gpd.GeoDataFrame({"a": [1]}), "observed")


def test_an_area_is_not_the_layer_of_landslides(tmp_path: Path) -> None:
    path = tmp_path / "both.gpkg"
    write_layers({"landslides": SCATTER, "aoi": landslides((0, 0), (1000, 0))}, path)
    assert len(load_area(path).frame) == 2
    inventory = load_inventory(f"{path}|layername=aoi", "inventory")
    assert (inventory.name, inventory.stem, len(inventory.frame)) == ("both.gpkg", "both", 2)
    assert [len(item.frame) for item in load_together([(path, "a")], load_area(path))] == [
        len(SCATTER),
        2,
    ]


def test_the_first_that_is_not_empty_chooses_the_crs() -> None:
    empty, geographic = SCATTER.iloc[:0].to_crs(4326), SCATTER.to_crs(32644)
    loaded = load_together([(empty, "first"), (SCATTER, "second"), (geographic, "third")])
    assert [item.crs.to_epsg() for item in loaded] == [32645, 32645, 32645]


def test_an_area_of_several_polygons_is_one() -> None:
    area = load_inventory(landslides((0, 0), (1000, 0)), "area")
    merged = merge_area(area)
    assert shapely.area(merged) == pytest.approx(2 * 400)
    with pytest.raises(InventoryError, match="area has no polygon; draw the area"):
        merge_area(load_inventory(SCATTER.iloc[:0], "area"))


def test_of_an_inventory_of_a_map_the_area_is_what_was_mapped(tmp_path: Path) -> None:
    path = tmp_path / "inventory.gpkg"
    mapped = landslides((0, 0))
    write_styled({"landslides": SCATTER, "mapped": mapped}, path, {"mapped": "<qgis/>"})
    assert len(load_inventory(path, "inventory").frame) == len(SCATTER)
    assert load_area(path).frame.geometry.tolist() == mapped.geometry.tolist()
    assert len(load_area(f"{path}|layername=landslides").frame) == len(SCATTER)


def test_geoparquet_is_read(tmp_path: Path) -> None:
    classes = ["landslide"] * (len(SCATTER) - 1) + ["not landslide"]
    SCATTER.assign(**{"class": classes}).to_parquet(tmp_path / "a.parquet")
    inventory = load_inventory(tmp_path / "a.parquet", "inventory")
    assert (inventory.name, len(inventory.frame)) == ("a.parquet", len(SCATTER) - 1)
    assert len(load_area(tmp_path / "a.parquet").frame) == len(SCATTER)
