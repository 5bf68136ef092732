"""Inventories of other formats."""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from slidelens.errors import InventoryError, ParamsError
from slidelens.geo.vectors.inventory import write_inventory, write_layers
from slidelens.importing.inventories import read_foreign_inventory
from support.studies import UTM

BOX = shapely.box(320_000, 3_110_000, 320_050, 3_110_040)
KML = """<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>a</name><Polygon>
<outerBoundaryIs><LinearRing><coordinates>85,28,0 85.01,28,0 85.01,28.01,0 85,28,0</coordinates>
</LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>"""


def rows_of(path: Path, crs: str | None) -> gpd.GeoDataFrame:
    return read_foreign_inventory(path, crs).rows


def frame_of(crs: object = UTM) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"name": ["a"], "fid": ["x"]}, geometry=[BOX], crs=crs)


def test_kml_and_kmz(tmp_path: Path) -> None:
    (tmp_path / "a.kml").write_text(KML)
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.write(tmp_path / "a.kml", "doc.kml")
    for name in ("a.kml", "a.kmz"):
        frame = rows_of(tmp_path / name, None)
        assert frame.crs.to_epsg() == 4326
        assert len(frame) == 1
        write_inventory(frame, tmp_path / f"{name}.gpkg")


def test_ground_without_landslides_and_the_mapped_ground_are_kept(tmp_path: Path) -> None:
    rows = gpd.GeoDataFrame(
        {"class": ["not landslide", "landslide"]},
        geometry=[shapely.affinity.translate(BOX, 500), BOX],
        crs=UTM,
    )
    ground = gpd.GeoDataFrame({"n": [1]}, geometry=[BOX.buffer(1000)], crs=UTM)
    write_layers({"landslides": rows, "mapped": ground}, tmp_path / "a.gpkg")
    found = read_foreign_inventory(tmp_path / "a.gpkg", None)
    assert found.rows["class"].tolist() == ["landslide", "not landslide"]
    assert found.rows.geometry[0].equals(BOX)
    assert found.mapped is not None
    assert found.mapped.area.sum() == pytest.approx(ground.area.sum())


def test_a_zipped_shapefile(tmp_path: Path) -> None:
    (tmp_path / "shp").mkdir()
    frame_of().to_file(tmp_path / "shp/a.shp")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in (tmp_path / "shp").iterdir():
            archive.write(path, path.name)
    assert rows_of(tmp_path / "a.zip", None).crs.to_epsg() == 32645


def test_geoparquet_keeps_its_crs_and_what_a_geopackage_can_hold(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    frame = frame_of().rename_geometry("outline").assign(parts=[[1, 2]], second=[BOX.centroid])
    frame = frame.set_geometry("outline")
    frame["second"] = gpd.GeoSeries(frame["second"], crs=UTM)
    frame.to_parquet(tmp_path / "a.parquet")
    read = rows_of(tmp_path / "a.parquet", None)
    assert read.crs.to_epsg() == 32645
    assert sorted(read.columns) == ["geometry", "name"]
    assert "columns left out: fid, parts" in caplog.text
    write_inventory(read, tmp_path / "a.gpkg")
    assert len(gpd.read_file(tmp_path / "a.gpkg")) == 1


def test_geoparquet_without_crs_is_refused(tmp_path: Path) -> None:
    frame_of(None).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InventoryError, match="has no CRS"):
        rows_of(tmp_path / "a.parquet", None)


def test_a_table_or_a_damaged_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(InventoryError, match="cannot read"):
        rows_of(tmp_path / "a.parquet", None)


def test_wkt_in_csv_needs_its_crs(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'id,WKT\n7,"{BOX.wkt}"\n')
    with pytest.raises(ParamsError, match="names no CRS"):
        rows_of(path, None)
    with pytest.raises(ParamsError, match="is not known"):
        rows_of(path, "EPSG:1")
    frame = rows_of(path, "EPSG:32645")
    assert frame.area.tolist() == [2000]
    assert frame["id"].tolist() == ["7"]


def test_messages_count_the_rows_of_a_csv_from_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bow_tie = "POLYGON ((0 0, 1000 1000, 1000 0, 0 1000, 0 0))"
    (tmp_path / "a.csv").write_text(f'wkt\n""\n"{BOX.wkt}"\n"{bow_tie}"\nPOLYGON EMPTY\n')
    frame = rows_of(tmp_path / "a.csv", "EPSG:32645")
    assert frame.area.tolist() == [2000, 500_000]
    assert "a.csv: 2 rows without geometry are left out (rows 1, 4)" in caplog.text
    assert "1 invalid polygon repaired (row 3)" in caplog.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lon,lat\n85,28\n", "points have no area, and density, sizes, compare"),
        ("wkt\nPOINT (85 28)\n", "row 1 is a point: points have no area"),
        ("wkt\nCIRCLE\n", "row 1 holds 'CIRCLE'; expected is WKT"),
        ("id;wkt\n1;POLYGON EMPTY\n", "has no commas between its columns, but ';'; use commas"),
        ("wkt,geometry\nPOLYGON EMPTY,1\n", "wkt and geometry, each of which could hold"),
        ("a,b\n1,2\n", "has the columns a, b; expected is one of outlines"),
        ("", "cannot read .*a.csv: it is empty; is it a table in UTF-8"),
    ],
)
def test_a_csv_without_outlines_is_refused_with_the_reason(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(InventoryError, match=message):
        rows_of(tmp_path / "a.csv", "EPSG:4326")


def test_a_csv_in_another_encoding_or_without_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("wkt\nÄ\n".encode("latin-1"))
    with pytest.raises(InventoryError, match="a.csv: its text is in another encoding; is it a tab"):
        rows_of(path, "EPSG:4326")
    path.write_text("wkt\na\nb,c\n")
    with pytest.raises(
        InventoryError, match="cannot read .*a.csv: Expected 1 fields in line 3, saw"
    ):
        rows_of(path, "EPSG:4326")


def test_degrees_are_not_taken_for_metres(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('wkt\n"POLYGON ((141.9 42.7, 141.8 42.7, 141.8 42.6, 141.9 42.7))"\n')
    with pytest.raises(
        InventoryError, match=r"a.csv: x is 141.8 to 141.9 and y 42.6 to 42.7, which look like degr"
    ):
        rows_of(path, "EPSG:32654")
    assert len(rows_of(path, "EPSG:4326")) == 1


def test_a_crs_beside_that_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.kml").write_text(KML)
    with pytest.raises(ParamsError, match="is for CSV alone"):
        rows_of(tmp_path / "a.kml", "EPSG:32645")


def test_coordinates_that_are_no_place_in_their_crs_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        'wkt\n"POLYGON ((320000 3100000, 320010 3100000, 320010 3100010, 320000 3100000))"\n'
    )
    with pytest.raises(InventoryError, match=r"a.csv.*320010"):
        rows_of(path, "EPSG:4326")
