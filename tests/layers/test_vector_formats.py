"""Inventories as GeoPackage, GeoParquet and FlatGeobuf, with styles."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import get_args

import geopandas as gpd
import pyogrio
import pytest
import shapely

from slidelens.errors import OutputError, ParamsError
from slidelens.geo.vectors.inventory import read_inventory, read_labels
from slidelens.layers.vector_formats import (
    FORMATS,
    VectorFormat,
    add_styles,
    require_format,
    write_styled,
    write_vectors,
)
from support.inventories.vectors import frame_of
from support.studies import UTM

SQUARES = [shapely.box(x, 0, x + 10, 10) for x in (0.0, 20.0, 40.0)]
LAYERS = {"landslides": frame_of(*SQUARES), "mapped": frame_of(shapely.box(-5, -5, 60, 20))}
STEMS = {"landslides": "inventory", "mapped": "mapped"}
STYLES = {"landslides": "<qgis a='ü'/>", "mapped": "<qgis/>"}


def style_rows(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        columns = "f_table_name, f_geometry_column, styleQML, useAsDefault"
        return database.execute(f"select {columns} from layer_styles").fetchall()


def test_a_geopackage_holds_layers_and_the_styles_that_qgis_applies(tmp_path: Path) -> None:
    (path,) = write_vectors(LAYERS, tmp_path, STEMS, "gpkg", STYLES)
    assert path == tmp_path / "inventory.gpkg"
    assert [tuple(row) for row in pyogrio.list_layers(path)] == [
        ("landslides", "Polygon"),
        ("mapped", "Polygon"),
        ("layer_styles", None),
    ]
    assert style_rows(path) == [
        ("landslides", "geom", STYLES["landslides"], 1),
        ("mapped", "geom", STYLES["mapped"], 1),
    ]
    table = pyogrio.read_dataframe(path, layer="layer_styles")
    assert table["styleQML"].tolist() == list(STYLES.values())
    assert read_inventory(path).geometry.tolist() == SQUARES
    mapped = read_labels(path).mapped
    assert mapped is not None
    assert mapped.geometry.tolist() == LAYERS["mapped"].geometry.tolist()


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_rows_give_the_same_bytes(tmp_path: Path, format: VectorFormat) -> None:
    for name in ("a #1", "b"):
        (tmp_path / name).mkdir()
        write_vectors(LAYERS, tmp_path / name, STEMS, format, STYLES)
    files = sorted(path.name for path in (tmp_path / "b").iterdir())
    assert files
    for file in files:
        assert (tmp_path / "a #1" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.parametrize("format", ["parquet", "fgb"])
def test_other_formats_hold_a_layer_a_file_with_its_style_beside_it(
    tmp_path: Path, format: VectorFormat
) -> None:
    files = write_vectors(LAYERS, tmp_path, STEMS, format, STYLES)
    assert sorted(path.name for path in files) == [
        f"inventory.{format}",
        "inventory.qml",
        f"mapped.{format}",
        "mapped.qml",
    ]
    path = tmp_path / f"inventory.{format}"
    read = gpd.read_parquet(path) if format == "parquet" else gpd.read_file(path)
    assert read.crs == UTM
    assert sorted(read["name"]) == ["n0", "n1", "n2"]
    assert read.union_all().equals(shapely.union_all(SQUARES))
    assert (tmp_path / "inventory.qml").read_text(encoding="utf-8") == STYLES["landslides"]


@pytest.mark.parametrize("format", FORMATS)
def test_an_inventory_without_a_landslide_has_its_columns(
    tmp_path: Path, format: VectorFormat
) -> None:
    write_vectors({"landslides": frame_of().set_crs(UTM)}, tmp_path, STEMS, format)
    path = tmp_path / f"inventory.{format}"
    layer = "landslides" if format == "gpkg" else "inventory"
    read = gpd.read_parquet(path) if format == "parquet" else gpd.read_file(path, layer=layer)
    assert len(read) == 0
    assert "name" in read


def test_multipart_landslides_are_written_too(tmp_path: Path) -> None:
    parts = frame_of(shapely.MultiPolygon(SQUARES[:2]), SQUARES[2])
    write_vectors({"landslides": parts}, tmp_path, STEMS, "fgb")
    read = gpd.read_file(tmp_path / "inventory.fgb")
    assert sorted(read.area) == [100, 200]


def test_styles_are_added_once_and_for_layers_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    write_styled({"landslides": LAYERS["landslides"]}, path, STYLES)
    assert [row[0] for row in style_rows(path)] == ["landslides"]
    with pytest.raises(OutputError, match=r"a\.gpkg has styles already; write it anew"):
        add_styles(path, STYLES)


def test_formats_that_cannot_be_written_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert get_args(VectorFormat) == FORMATS
    for format in FORMATS:
        require_format(format)
    with pytest.raises(ParamsError, match="format is shp; give one of gpkg, parquet, fgb"):
        require_format("shp")
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ParamsError, match=r"pip install 'slidelens\[parquet\]'`, or choose gpkg"):
        require_format("parquet")
