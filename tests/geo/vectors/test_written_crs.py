"""A CRS that GDAL passes over: in a GeoJSON, a GeoPackage, beside a Shapefile."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from slidelens.errors import InventoryError
from slidelens.geo.vectors.inventory import read_area, read_inventory, write_inventory
from support.inventories.vectors import frame_of
from support.studies import box, grid_of

SQUARE = box(grid_of(20, 20), 0, 0, 3, 3)
RING = [[85, 28], [85.001, 28], [85.001, 28.001], [85, 28.001], [85, 28]]
SET_DEFINITION = "update gpkg_spatial_ref_sys set definition = ? where srs_id = 32645"
VERTICAL = 'VERTCS["x",VERT_DATUM["x",2005],UNIT["metre",1]]'


def named(name: str) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": name}}


def geojson(path: Path, /, rows: int = 1, **members: Any) -> Path:
    """Write polygons in degrees; `before` and `after` are the value of `crs` there."""
    polygon = {"type": "Polygon", "coordinates": [RING]}
    feature = {"type": "Feature", "properties": {"crs": "EPSG:1"}, "geometry": polygon}
    parts = [f'"crs": {json.dumps(members["before"])}'] if "before" in members else []
    parts += ['"type": "FeatureCollection"', f'"features": {json.dumps([feature] * rows)}']
    parts += [f'"crs": {json.dumps(members["after"])}'] if "after" in members else []
    path.write_text("{" + ", ".join(parts) + "}")
    return path


def geopackage(path: Path, sql: str, *values: object) -> Path:
    write_inventory(frame_of(SQUARE), path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(sql, values)
    return path


@pytest.mark.parametrize(
    "value",
    [
        named("EPSG:999999"),
        named("urn:ogc:def:crs:EPSG::999999"),
        named("urn:ogc:def:crs,crs:EPSG::32645"),
        named("nonsense"),
        {"type": "link", "properties": {"href": "http://example.org/crs", "type": "proj4"}},
        {"type": "EPSG", "properties": {"code": 999999}},
        {"type": "name", "properties": {}},
        {},
        "EPSG:32645",
        5,
    ],
)
@pytest.mark.parametrize("rows", [1, 1000])
@pytest.mark.parametrize("where", ["before", "after"])
def test_a_geojson_whose_crs_gdal_does_not_know_is_refused(
    tmp_path: Path, value: object, where: str, rows: int
) -> None:
    path = geojson(tmp_path / "a.geojson", rows, **{where: value})
    with pytest.raises(InventoryError, match=r"a\.geojson names a CRS .*; write its true CRS") as e:
        read_area(path)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        named("EPSG:4326"),
        named("urn:ogc:def:crs:OGC:1.3:CRS84"),
        named("urn:ogc:def:crs:EPSG::4326"),
        {"type": "EPSG", "properties": {"code": 4326}},
    ],
)
@pytest.mark.parametrize("where", ["before", "after"])
def test_longitudes_and_latitudes_are_read(tmp_path: Path, value: object, where: str) -> None:
    frame = read_inventory(geojson(tmp_path / "a.geojson", 1, **{where: value}))
    assert (frame.crs.to_epsg(), frame.total_bounds[0]) == (4326, 85)


def test_an_attribute_of_that_name_is_no_crs(tmp_path: Path) -> None:
    assert len(read_inventory(geojson(tmp_path / "a.geojson", rows=1000))) == 1000


def test_the_crs_of_a_geometry_counts(tmp_path: Path) -> None:
    polygon = {"type": "Polygon", "crs": named("EPSG:999999"), "coordinates": [RING]}
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": polygon}))
    with pytest.raises(InventoryError, match="names a CRS that GDAL does not know"):
        read_inventory(path)


@pytest.mark.parametrize(
    "definition",
    [
        VERTICAL,
        'LOCAL_CS["x",UNIT["metre",1]]',
        "EPSG:4978",
        "EPSG:32633",
        "EPSG:4326",
    ],
)
def test_a_geopackage_that_defines_another_crs_than_its_code_is_refused(
    tmp_path: Path, definition: str
) -> None:
    path = geopackage(tmp_path / "a.gpkg", SET_DEFINITION, definition)
    with pytest.raises(InventoryError, match="a.gpkg defines its CRS as .* code of EPSG:32645; "):
        read_inventory(path)


@pytest.mark.parametrize("definition", ["undefined", "EPSG:32645", "EPSG:24345"])
def test_a_definition_that_says_nothing_or_the_same_is_no_fault(
    tmp_path: Path, definition: str
) -> None:
    path = geopackage(tmp_path / "a.gpkg", SET_DEFINITION, definition)
    assert read_inventory(path).crs.to_epsg() == 32645


def test_an_unknown_reference_of_a_geopackage(tmp_path: Path) -> None:
    path = geopackage(tmp_path / "a.gpkg", "update gpkg_geometry_columns set srs_id = 999999")
    with (
        pytest.warns(RuntimeWarning, match="999999"),
        pytest.raises(InventoryError, match="a.gpkg has no CRS; set it"),
    ):
        read_inventory(path)


@pytest.mark.parametrize("text", ["EPSG:999999", VERTICAL])
def test_a_projection_file_without_a_crs_is_named(tmp_path: Path, text: str) -> None:
    frame_of(SQUARE).to_file(tmp_path / "a.shp")
    (tmp_path / "a.prj").write_text(text)
    with pytest.raises(InventoryError, match=r"a.shp has no CRS, because a\.prj holds none"):
        read_inventory(tmp_path / "a.shp")


def test_a_projection_file_that_is_cut(tmp_path: Path) -> None:
    frame_of(SQUARE).to_file(tmp_path / "a.shp")
    (tmp_path / "a.prj").write_text("PROJCS[nothing")
    with pytest.raises(InventoryError, match=r"cannot read the CRS of .*a\.shp: .*; set it"):
        read_inventory(tmp_path / "a.shp")
