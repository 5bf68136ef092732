"""Inventories: read from any vector file, repaired or refused, and written atomically."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import shapely.affinity

from slidelens.errors import InventoryError, OutputError
from slidelens.geo.vectors.inventory import (
    read_area,
    read_inventory,
    require_near,
    write_inventory,
    write_layers,
)
from support.inventories.vectors import frame_of
from support.studies import UTM, box, grid_of, numbered, tree, write_image, write_shapes

GRID = grid_of(20, 20)
SQUARE = box(GRID, 0, 0, 3, 3)
RING = box(GRID, 5, 5, 5, 5).difference(box(GRID, 6, 6, 2, 2))
# Crosses itself at (5, 5): two triangles with a base of 10 m and a height of 5 m, 25 m² each.
BOW_TIE = shapely.Polygon([(0, 0), (10, 10), (0, 10), (10, 0)])


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson", ".fgb"])
def test_any_format_with_holes_and_columns(tmp_path: Path, suffix: str) -> None:
    crs = 4326 if suffix == ".geojson" else UTM
    frame_of(SQUARE, RING).to_crs(crs).to_file(tmp_path / f"2013{suffix}")
    back = read_inventory(tmp_path / f"2013{suffix}").to_crs(UTM)
    assert sorted(back["name"]) == ["n0", "n1"]
    # 25 less 4 pixels of 100 m²; .fgb orders its rows by place
    assert sorted(back.area.round(0)) == [900, 2100]
    assert sorted(len(shape.interiors) for shape in back.geometry) == [0, 1]


def test_z_is_dropped_and_multipolygons_stay_one_landslide(tmp_path: Path) -> None:
    both = shapely.force_3d(shapely.MultiPolygon([SQUARE, box(GRID, 10, 10, 2, 2)]), 1200.0)
    back = read_inventory(write_shapes(tmp_path / "a.gpkg", [both], kind="MultiPolygon Z"))
    assert len(back) == 1
    assert not back.has_z.any()
    assert back.area.tolist() == [1300]


def test_an_empty_inventory(tmp_path: Path) -> None:
    back = read_inventory(write_shapes(tmp_path / "a.gpkg", []))
    assert len(back) == 0
    assert back.crs == UTM


def test_invalid_polygons_are_repaired_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_shapes(tmp_path / "a.gpkg", [SQUARE, BOW_TIE])
    back = read_inventory(path)
    assert back.is_valid.all()
    assert back.area.tolist() == [900, 50]  # two triangles with a base of 10 m and a height of 5 m
    assert [
        record.getMessage() for record in caplog.records if record.levelno == logging.WARNING
    ] == ["a.gpkg: 1 invalid polygon repaired (row 1)"]


def test_a_hole_that_touches_its_outline_survives_the_repair(tmp_path: Path) -> None:
    touching = shapely.Polygon(
        [(0, 0), (40, 0), (40, 40), (0, 40)], [[(0, 10), (20, 10), (20, 30), (0, 30)]]
    )
    back = read_inventory(write_shapes(tmp_path / "a.gpkg", [touching]))
    assert back.is_valid.all()
    assert back.area.tolist() == [1600 - 400]


def test_what_has_no_area_after_repair_is_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    flat = shapely.Polygon([(0, 0), (10, 0), (20, 0), (0, 0)])
    back = read_inventory(write_shapes(tmp_path / "a.gpkg", [flat, SQUARE]))
    assert back.area.tolist() == [900]
    assert back.index.tolist() == [0]
    assert "a.gpkg: 1 polygon has no area after repair and is left out (row 0)" in caplog.text


def test_rows_without_geometry_are_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    frame_of(SQUARE, SQUARE).assign(geometry=gpd.GeoSeries([None, SQUARE], crs=UTM)).to_file(
        tmp_path / "a.gpkg"
    )
    assert len(read_inventory(tmp_path / "a.gpkg")) == 1
    assert "a.gpkg: 1 row without geometry is left out (row 0)" in caplog.text


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (shapely.LineString([(0, 0), (9, 9)]), "LineString"),
        (shapely.Point(3, 4), "Point"),
        (shapely.MultiPoint([(3, 4)]), "MultiPoint"),
    ],
)
def test_lines_and_points_are_refused(tmp_path: Path, shape: shapely.Geometry, kind: str) -> None:
    path = write_shapes(tmp_path / "a.gpkg", [shape], kind=kind)
    with pytest.raises(
        InventoryError,
        match=f"a.gpkg holds {kind} geometries, not polygons; give the outlines of the landslides",
    ):
        read_inventory(path)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")  # that is what is tested
def test_a_file_without_crs(tmp_path: Path) -> None:
    gpd.GeoDataFrame(geometry=[SQUARE]).to_file(tmp_path / "a.shp")
    with pytest.raises(
        InventoryError,
        match="a.shp has no CRS; set it, for instance with `ogr2ogr -a_srs EPSG:32645`",
    ):
        read_inventory(tmp_path / "a.shp")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match="there is no inventory .*a.gpkg; check the path"):
        read_inventory(tmp_path / "a.gpkg")


@pytest.mark.parametrize("keep", [40, 5000])
def test_a_truncated_file(tmp_path: Path, keep: int) -> None:
    path = write_shapes(tmp_path / "a.gpkg", [SQUARE])
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(
        InventoryError, match="cannot read .*a.gpkg: .*; is it a complete vector file"
    ) as caught:
        read_inventory(path)
    assert "\n" not in str(caught.value)


def test_a_raster_or_a_folder_is_called_that(tmp_path: Path) -> None:
    raster, text = tmp_path / "a.tif", tmp_path / "a.txt"
    write_image(raster, grid_of(3, 4), numbered(3, 4))
    text.write_text("nothing")
    for path, message in (
        (raster, f"{raster} is a raster, not a vector file; give polygons"),
        (tmp_path, f"{tmp_path} is a folder, not a vector file; name a file in it"),
        (
            text,
            f"cannot read {text}: GDAL knows no vector format like it; is it a complete vector"
            " file?",
        ),
    ):
        with pytest.raises(InventoryError) as caught:
            read_inventory(path)
        assert str(caught.value) == message


def test_the_layer_called_landslides_is_taken_and_else_the_only_one(tmp_path: Path) -> None:
    write_layers(
        {"truth": frame_of(SQUARE, RING), "landslides": frame_of(SQUARE)}, tmp_path / "a.gpkg"
    )
    assert len(read_inventory(tmp_path / "a.gpkg")) == 1
    assert len(read_inventory(tmp_path / "a.gpkg", layer="truth")) == 2
    write_layers({"truth": frame_of(SQUARE), "other": frame_of(SQUARE)}, tmp_path / "b.gpkg")
    with pytest.raises(
        InventoryError,
        match=r"b.gpkg has the layers truth, other; name the one to use: "
        r"'.*b.gpkg\|layername=truth'",
    ):
        read_inventory(tmp_path / "b.gpkg")
    assert len(read_inventory(f"{tmp_path / 'b.gpkg'}|layername=other")) == 1
    with pytest.raises(InventoryError, match="b.gpkg has no layer third; it has the layers truth"):
        read_inventory(tmp_path / "b.gpkg", layer="third")


def test_a_table_without_geometry_is_no_layer(tmp_path: Path) -> None:
    path = write_shapes(tmp_path / "a.gpkg", [SQUARE], layer="inv")
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, style TEXT)")
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles')"
        )
        database.commit()
    assert len(read_inventory(path)) == 1


def test_the_only_layer_that_can_hold_polygons_is_read_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_shapes(tmp_path / "a.gpkg", [SQUARE], layer="slides")
    gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=UTM).to_file(path, layer="tops", mode="a")
    assert len(read_inventory(path)) == 1
    assert "of the layers slides, tops, only slides holds polygons and is read" in caplog.text


def test_an_area_is_read_as_an_area(tmp_path: Path) -> None:
    path = tmp_path / "both.gpkg"
    write_layers({"landslides": frame_of(SQUARE), "Study_Area": frame_of(SQUARE, RING)}, path)
    assert len(read_area(path)) == 2
    assert len(read_area(f"{path}|layername=landslides")) == 1
    assert len(read_area(write_shapes(tmp_path / "only.gpkg", [SQUARE]))) == 1
    write_layers({"landslides": frame_of(SQUARE), "region": frame_of(SQUARE)}, path)
    with pytest.raises(InventoryError, match="both.gpkg has the layers landslides, region; name"):
        read_area(path)
    with pytest.raises(InventoryError, match="there is no area .*nowhere.gpkg; check the path"):
        read_area(tmp_path / "nowhere.gpkg")


def test_inventories_a_hundred_kilometres_apart_are_refused() -> None:
    near = frame_of(SQUARE)
    require_near(near, frame_of(shapely.affinity.translate(SQUARE, 100_029)), ("a", "b"))
    far = frame_of(shapely.affinity.translate(SQUARE, 101_030))  # less the 30 m of the square
    with pytest.raises(InventoryError, match="a and b lie 101 km apart; check their CRSs"):
        require_near(near, far, ("a", "b"))
    require_near(near, far[:0], ("a", "b"))


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    frame = frame_of(SQUARE, RING).assign(area_m2=[900.0, 2100.0], id=np.array([1, 2]))
    write_inventory(frame, tmp_path / "a.gpkg")
    back = read_inventory(tmp_path / "a.gpkg")
    assert back.crs == frame.crs
    assert back.drop(columns="geometry").equals(frame.drop(columns="geometry"))
    assert shapely.equals_exact(back.geometry.values, frame.geometry.values).all()


def test_so_many_rows_that_they_are_written_in_parts(tmp_path: Path) -> None:
    """Outlines of a large map are encoded a part at a time; the last one has the only note."""
    number = 20_001
    x = np.arange(number, dtype=float)
    frame = gpd.GeoDataFrame(
        {"id": np.arange(number), "note": [None] * (number - 1) + ["last"]},
        geometry=shapely.box(x, 0 * x, x + 1, 0 * x + 1),
        crs=UTM,
    )
    write_inventory(frame, tmp_path / "a.gpkg")
    back = read_inventory(tmp_path / "a.gpkg")
    assert back["id"].tolist() == frame["id"].tolist()
    assert back["note"].iloc[-1] == "last"
    assert back["note"].isna().sum() == number - 1
    assert (back.geometry == frame.geometry).all()
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as database:
        assert database.execute("select feature_count from gpkg_ogr_contents").fetchone() == (
            number,
        )
        assert database.execute("select count(*) from rtree_landslides_geom").fetchone() == (
            number,
        )
        extent = "select min_x, min_y, max_x, max_y from gpkg_contents"
        assert database.execute(extent).fetchone() == (0, 0, number, 1)


def test_multipolygons_and_polygons_in_one_layer(tmp_path: Path) -> None:
    write_inventory(
        frame_of(SQUARE, shapely.MultiPolygon([SQUARE, box(GRID, 10, 10, 2, 2)])),
        tmp_path / "a.gpkg",
    )
    assert read_inventory(tmp_path / "a.gpkg").area.tolist() == [900, 1300]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_inventory(frame_of(SQUARE, RING), tmp_path / name / "a.gpkg")
    write_inventory(frame_of(SQUARE), tmp_path / "c/a.gpkg")
    assert tree(tmp_path / "a") == tree(tmp_path / "b") != tree(tmp_path / "c")
    assert list(tree(tmp_path / "a")) == ["a.gpkg"]  # no side files


FULL = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from support.studies import grid_of
from support.inventories.vectors import frame_of
GRID = grid_of(20, 20)
from support.studies import box
from slidelens.errors import OutputError
from slidelens.geo.vectors.inventory import write_inventory
frame, path = frame_of(*[box(GRID, i, i, 3, 3) for i in range(2000)]), Path(sys.argv[2])
write_inventory(frame, path)
size = path.stat().st_size
for limit in (1, 5000, size // 2, size - 4096, size - 1):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        write_inventory(frame, path)
        print(limit, "of", size, "was not refused")
    except OutputError as error:
        assert "cannot write" in str(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


def test_a_disk_that_fills_up_at_any_byte_is_noticed_and_leaves_the_old_file(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", FULL, str(Path(__file__).parents[2]), str(tmp_path / "a.gpkg")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr[-2000:]
    assert list(tree(tmp_path)) == ["a.gpkg"]
    assert len(read_inventory(tmp_path / "a.gpkg")) == 2000


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "maps").write_text("in the way")
    with pytest.raises(OutputError, match="cannot write .*maps/a.gpkg"):
        write_inventory(frame_of(SQUARE), tmp_path / "maps/a.gpkg")


def test_real_inventories_keep_every_landslide(
    real_data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    counts = {
        path.stem: len(read_inventory(path))
        for path in sorted((real_data / "inventories/nepal").glob("*.gpkg"))
    }
    assert counts == {
        "2013": 35,
        "2014": 21,
        "2015": 98,
        "2016": 28,
        "2017": 18,
        "2018": 12,
        "2019": 24,
    }


def test_polygons_that_are_there_twice_are_told_and_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    here, there = shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)
    turned = shapely.Polygon(here.exterior.coords[2:] + here.exterior.coords[1:3])
    frame = gpd.GeoDataFrame(geometry=[here, there, turned], crs=32645)
    write_inventory(frame, tmp_path / "a.gpkg")
    assert len(read_inventory(tmp_path / "a.gpkg")) == 3
    (message,) = caplog.messages
    assert message.startswith("a.gpkg: 1 polygon is the same as an earlier one (row 2)")
    caplog.clear()
    write_inventory(frame[:2], tmp_path / "b.gpkg")
    read_inventory(tmp_path / "b.gpkg")
    assert not caplog.messages


def test_all_rows_of_a_large_inventory_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are encoded in batches."""
    monkeypatch.setattr("slidelens.geo.vectors.inventory._BATCH", 2)
    shapes = [shapely.box(100 * index, 0, 100 * index + 50, 50) for index in range(5)]
    frame = gpd.GeoDataFrame({"number": range(5)}, geometry=shapes, crs=32645)
    write_inventory(frame, tmp_path / "a.gpkg")
    written = read_inventory(tmp_path / "a.gpkg")
    assert written["number"].tolist() == [0, 1, 2, 3, 4]
    assert written.geometry.geom_equals(frame.geometry).all()
