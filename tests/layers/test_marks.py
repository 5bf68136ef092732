"""Marks: landslides and bare ground, told apart by a column or by the names of layers."""

from __future__ import annotations

import logging
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from slidelens.errors import InventoryError
from slidelens.layers.marks import read_marks

CRS = "EPSG:32645"


def square(column: int) -> shapely.Polygon:
    return shapely.box(320_000 + 100 * column, 3_100_000, 320_050 + 100 * column, 3_100_050)


def write(path: Path, layer: str, classes: list[str | None] | None, first: int = 0) -> Path:
    number = 2 if classes is None else len(classes)
    columns = {"name": ["x"] * number} if classes is None else {"Class": classes}
    shapes = [square(first + index) for index in range(number)]
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)
    frame.to_file(path, layer=layer, engine="pyogrio")
    return path


def test_a_column_tells_bare_ground(tmp_path: Path) -> None:
    classes = [None, "", "landslide", "Not Landslide", "not_landslide", "mapped"]
    marks = read_marks(write(tmp_path / "marks.gpkg", "drawn", classes))
    assert (len(marks.landslides), len(marks.bare), len(marks.mapped)) == (3, 2, 1)
    assert marks.bare.iloc[0].equals(square(3))


@pytest.mark.parametrize("bare", ["not landslide", "not_landslide", "Bare"])
def test_layers_tell_it_too(tmp_path: Path, bare: str, caplog: pytest.LogCaptureFixture) -> None:
    path = write(tmp_path / "marks.gpkg", "landslides", [None, "not landslide"])
    write(path, bare, None, 10)
    write(path, "mapped", None, 20)
    write(path, "roads", None, 30)
    marks = read_marks(path)
    assert (len(marks.landslides), len(marks.bare), len(marks.mapped)) == (1, 3, 2)
    assert "not read: layer roads" in caplog.text


def test_layers_may_have_different_crss(tmp_path: Path) -> None:
    path = write(tmp_path / "marks.gpkg", "landslides", None)
    bare = gpd.GeoDataFrame(geometry=[square(5)], crs=CRS).to_crs(4326)
    bare.to_file(path, layer="bare", engine="pyogrio")
    marks = read_marks(path)
    assert marks.bare.iloc[0].symmetric_difference(square(5)).area < 0.01
    assert marks.landslides.iloc[0].equals(square(0))


def test_a_layer_is_named_as_qgis_does(tmp_path: Path) -> None:
    path = write(tmp_path / "marks.gpkg", "one", None)
    write(path, "two", None)
    assert len(read_marks(f"{path}|layername=two").landslides) == 2
    with pytest.raises(InventoryError, match="has the layers one, two; name them landslides"):
        read_marks(path)
    with pytest.raises(InventoryError, match="has no layer three; it has one, two"):
        read_marks(f"{path}|layername=three")


def test_another_class_is_a_landslide_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        marks = read_marks(write(tmp_path / "marks.gpkg", "x", ["rockfall", "not landslide"]))
    assert (len(marks.landslides), len(marks.bare)) == (1, 1)
    assert "1 polygon of class rockfall taken for landslide (row 0)" in caplog.text


def test_marks_in_memory_are_brought_into_a_crs() -> None:
    frame = gpd.GeoDataFrame({"class": ["", "bare"]}, geometry=[square(0), square(1)], crs=CRS)
    landslides, bare, mapped = read_marks(frame.to_crs("EPSG:4326")).in_crs(CRS)
    assert landslides[0].hausdorff_distance(square(0)) < 0.01
    assert bare[0].hausdorff_distance(square(1)) < 0.01
    assert len(mapped) == 0
