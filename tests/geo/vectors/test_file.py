"""Vector files with odd paths, open rings, foreign encodings and damage."""

from __future__ import annotations

import json
import os
import shutil
import warnings
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely

from slidelens.errors import InventoryError
from slidelens.geo.vectors.file import list_rows, plain_path, split_layer
from slidelens.geo.vectors.inventory import read_inventory, write_inventory
from support.inventories.vectors import frame_of
from support.studies import box, grid_of, write_shapes

SQUARE = box(grid_of(20, 20), 0, 0, 3, 3)
RING = [list(point) for point in SQUARE.exterior.coords]


def write_geojson(path: Path, *geometries: object) -> Path:
    features = [
        {"type": "Feature", "properties": {}, "geometry": geometry} for geometry in geometries
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32645"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    return path


def polygon(ring: list[Any]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.mark.parametrize(
    "name",
    ["a!b.gpkg", "a?.gpkg", "a#b.gpkg", "a;b.gpkg", "a%20b.gpkg", "ä ö.gpkg", "a|layername=b.gpkg"]
    + ["a\nb.gpkg", "-a.gpkg", "zip:a.gpkg", "a'b.gpkg", "x" * 200 + ".gpkg"],
)
@pytest.mark.parametrize("folder", [".", "my data!", "q?"])
def test_no_character_of_a_path_has_a_meaning(tmp_path: Path, folder: str, name: str) -> None:
    path = tmp_path / folder / name
    write_inventory(frame_of(SQUARE, SQUARE), path)
    assert [item.name for item in path.parent.iterdir() if item.is_file()] == [name]
    assert len(read_inventory(path)) == 2


def test_the_parts_of_a_shapefile_are_found_beside_it(tmp_path: Path) -> None:
    frame_of(SQUARE).to_file(tmp_path / "a.shp")
    odd = tmp_path / "zip!" / "a!b"
    odd.parent.mkdir()
    for part in ("shp", "shx", "dbf", "prj"):
        shutil.copy(tmp_path / f"a.{part}", f"{odd}.{part}")
    assert read_inventory(odd.with_suffix(".shp"))["name"].tolist() == ["n0"]


def test_a_folder_named_like_a_scheme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "http:").mkdir()
    write_shapes(tmp_path / "http:" / "a.gpkg", [SQUARE])
    monkeypatch.chdir(tmp_path)
    assert len(read_inventory(Path("http:/a.gpkg"))) == 1


def test_the_layer_of_a_path(tmp_path: Path) -> None:
    assert split_layer("a.gpkg|layername=x y") == (Path("a.gpkg"), "x y")
    assert split_layer(Path("a.gpkg")) == (Path("a.gpkg"), None)
    whole = tmp_path / "a.gpkg|layername=x"
    whole.touch()
    assert split_layer(whole) == (whole, None)
    assert split_layer("x" * 5000) == (Path("x" * 5000), None)


def test_a_plain_path_is_the_file_itself_where_it_can_be(tmp_path: Path) -> None:
    with plain_path(tmp_path / "a b.gpkg") as plain:
        assert plain == tmp_path / "a b.gpkg"


@pytest.mark.parametrize(
    ("ring", "rows", "warning"),
    [
        (RING[:-1], 2, "1 ring that does not end where it begins is closed (row 1)"),
        (RING[:1], 1, "1 outline that is no polygon is left out (row 1)"),
        (RING[:2], 1, "1 polygon has no area after repair and is left out (row 1)"),
        ([], 1, "1 row without geometry is left out (row 1)"),
    ],
)
def test_rings_are_closed_or_left_out_with_their_row(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, ring: list[Any], rows: int, warning: str
) -> None:
    frame = read_inventory(write_geojson(tmp_path / "a.geojson", polygon(RING), polygon(ring)))
    assert frame.area.tolist() == [900] * rows
    assert frame.index.tolist() == list(range(rows))
    assert f"a.geojson: {warning}" in caplog.text


@pytest.mark.parametrize(
    "geometry",
    [None, {"type": "Polygone", "coordinates": []}, {"type": "Polygon", "coordinates": 5}],
)
def test_rows_of_which_none_has_geometry_are_no_empty_inventory(
    tmp_path: Path, geometry: object
) -> None:
    path = write_geojson(tmp_path / "a.geojson", geometry)
    with pytest.raises(InventoryError, match="a.geojson has 1 row, and none has a geometry"):
        read_inventory(path)


def test_text_in_another_encoding_does_not_matter(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    frame_of(SQUARE).assign(name="Köln").to_file(tmp_path / "a.shp", encoding="CP1252")
    (tmp_path / "a.cpg").write_text("UTF-8")
    frame = read_inventory(tmp_path / "a.shp")
    assert (frame["name"].tolist(), frame.area.tolist()) == (["Köln"], [900])
    assert "a.shp: its text is not in the encoding that the file declares" in caplog.text


def test_names_of_columns_in_another_encoding_do_not_matter(tmp_path: Path) -> None:
    frame_of(SQUARE).assign(Größe=1).to_file(tmp_path / "a.shp", encoding="CP1252")
    (tmp_path / "a.cpg").write_text("UTF-8")
    frame = read_inventory(tmp_path / "a.shp")
    assert "Größe" in frame.columns
    assert frame.area.tolist() == [900]


@pytest.mark.parametrize(
    "text", ["", "hello", "[1, 2]", "null", '{"a":' * 9000, '{"features":' + "[" * 90_000]
)
def test_what_is_no_vector_file_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(text)
    with pytest.raises(InventoryError, match=r"a\.geojson") as caught:
        read_inventory(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_pipes_folders_and_dangling_links_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gpkg")
    (tmp_path / "folder.gpkg").mkdir()
    (tmp_path / "link.gpkg").symlink_to("nowhere")
    for name, message in (
        ("pipe.gpkg", "is a device or a pipe"),
        ("folder.gpkg", "folder.gpkg is a folder, not a vector file"),
        ("link.gpkg", "there is no inventory"),
        ("x" * 300, "cannot read the inventory"),
    ):
        with pytest.raises(InventoryError, match=message):
            read_inventory(tmp_path / name)


def test_curves_become_lines_and_surfaces_in_space_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = (
        "CURVEPOLYGON(CIRCULARSTRING(0 0,100 100,200 0,100 -100,0 0))",
        "TIN Z(((0 0 0,0 100 0,100 100 0,0 0 0)))",
    )
    (tmp_path / "a.csv").write_text("WKT,n\n" + "".join(f'"{row}",1\n' for row in rows))
    (tmp_path / "a.vrt").write_text(
        "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource relativeToVRT='1'>a.csv"
        "</SrcDataSource><LayerSRS>EPSG:32645</LayerSRS></OGRVRTLayer></OGRVRTDataSource>"
    )
    frame = read_inventory(tmp_path / "a.vrt")
    assert frame.area.tolist() == [pytest.approx(31_416, rel=0.01)]
    assert "1 outline that is no polygon is left out (row 1)" in caplog.text


def test_rows_are_listed_to_the_fifth() -> None:
    assert list_rows([4]) == "row 4"
    assert list_rows(range(7)) == "rows 0, 1, 2, 3, 4 and 2 more"


def test_a_zipped_shapefile(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 30, 30)], crs=32645).to_file(
        tmp_path / "in" / "a.shp"
    )
    shutil.make_archive(str(tmp_path / "a.shp"), "zip", tmp_path / "in")
    assert read_inventory(tmp_path / "a.shp.zip").area.tolist() == [900]


def zipped(path: Path, *names: str) -> Path:
    """Write an archive with the shapefile of a square under each of some names."""
    frame_of(SQUARE).to_file(path.with_name("in.shp"))
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            for suffix in (".shp", ".shx", ".dbf", ".prj"):
                archive.write(path.with_name("in.shp").with_suffix(suffix), name + suffix)
    return path


@pytest.mark.parametrize("name", ["a", "folder/a b"])
def test_a_zipped_shapefile_with_its_suffix_in_capitals(name: str, tmp_path: Path) -> None:
    assert read_inventory(zipped(tmp_path / "A.ZIP", name)).area.tolist() == [900]


def test_an_archive_of_several_is_to_be_unpacked(tmp_path: Path) -> None:
    several = zipped(tmp_path / "several.zip", "a/in", "b/in")
    with pytest.raises(InventoryError, match=r"holds the shapefiles a/in.shp, b/in.shp; unpack"):
        read_inventory(several)
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(several, "inner.zip")
    with pytest.raises(InventoryError, match=r"holds the archives inner.zip; unpack it and give"):
        read_inventory(tmp_path / "outer.zip")


def test_a_folder_of_folders_in_kml_is_no_layer(tmp_path: Path) -> None:
    corners = "85,28,0 85.001,28,0 85,28.001,0 85,28,0"
    (tmp_path / "a.kml").write_text(
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>outer</name><Folder>'
        "<name>inner</name><Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        f"{corners}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Folder>"
        "</Folder></Document></kml>"
    )
    assert len(read_inventory(tmp_path / "a.kml")) == 1


def test_a_format_that_this_gdal_lacks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyogrio.list_drivers", lambda: {"GPKG": "rw"})
    (tmp_path / "a.arrow").write_bytes(b"ARROW1")
    with pytest.raises(InventoryError, match="GDAL cannot read Arrow files; write it as a Geo"):
        read_inventory(tmp_path / "a.arrow")


def test_warnings_about_code_are_not_laid_to_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Another thread may give them meanwhile, such as that which logs to MLflow."""
    path, read = tmp_path / "a.gpkg", pyogrio.read_dataframe
    write_inventory(frame_of(SQUARE), path)

    def warning_read(*args: Any, **options: Any) -> Any:
        warnings.warn("this option will be removed", DeprecationWarning, stacklevel=1)
        warnings.warn("a ring is odd", RuntimeWarning, stacklevel=1)
        return read(*args, **options)

    monkeypatch.setattr(pyogrio, "read_dataframe", warning_read)
    assert len(read_inventory(path)) == 1
    assert "a.gpkg: a ring is odd" in caplog.text
    assert "removed" not in caplog.text
