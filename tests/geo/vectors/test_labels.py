"""Ground that an inventory says is bare, and ground on which it is complete."""

from __future__ import annotations

import logging
from pathlib import Path

import geopandas as gpd
import pytest

from slidelens.api.inputs.inventories import load_inventory
from slidelens.errors import InventoryError
from slidelens.geo.vectors.inventory import read_inventory, read_labels
from slidelens.geo.vectors.labels import landslides_of, negatives_of
from slidelens.layers.marks import read_marks
from support.studies import UTM, box, grid_of, write_shapes

GRID = grid_of(20, 20)
SHAPES = [box(GRID, row, 0, 2, 2) for row in (0, 5, 10, 15)]


def classed(*classes: str | None, column: str = "class") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({column: list(classes)}, geometry=SHAPES[: len(classes)], crs=UTM)


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp"])
def test_negatives_are_no_landslides_in_any_format(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    classed("rockfall", "not landslide", None).to_file(path)
    assert len(read_inventory(path)) == 2
    labels = read_labels(path)
    assert (len(labels.landslides), len(labels.negatives), labels.mapped) == (2, 1, None)


def test_case_and_separators_of_the_class_do_not_matter() -> None:
    frame = classed(
        "Not_Landslide", "NOT-landslide", " not  landslide ", "landslide", column="CLASS"
    )
    assert negatives_of(frame).geometry.tolist() == SHAPES[:3]
    assert landslides_of(frame, "a").geometry.tolist() == SHAPES[3:]
    assert landslides_of(frame, "a").index.tolist() == [0]


def test_a_class_that_seems_to_mean_it_counts_and_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        assert len(landslides_of(classed("no slides here", "landslide"), "a.gpkg")) == 2
    assert caplog.messages == [
        "a.gpkg: polygons of class 'no slides here' count as landslides; "
        "if they mark ground without landslides, set their class to 'not landslide'"
    ]


def test_other_classes_count_and_are_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert len(landslides_of(classed("Road", "0", None, "landslide"), "a.gpkg")) == 4
    assert caplog.messages == ["a.gpkg: polygons of class '0', 'road' count as landslides"]


@pytest.mark.parametrize("text", ["no landslide", "Non-Landslide", "bare"])
def test_inventories_and_marks_know_the_same_spellings(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.gpkg"
    classed(text, "landslide").to_file(path)
    assert len(read_inventory(path)) == len(read_marks(path).landslides) == 1
    assert len(read_labels(path).negatives) == len(read_marks(path).bare) == 1


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp", ".parquet"])
def test_the_only_layer_of_a_file_called_mapped_is_its_inventory(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"Mapped{suffix}"
    shapes = gpd.GeoDataFrame(geometry=SHAPES[:2], crs=UTM)
    shapes.to_parquet(path) if suffix == ".parquet" else shapes.to_file(path)
    labels = read_labels(path)
    assert (len(read_inventory(path)), len(labels.landslides), labels.mapped) == (2, 2, None)


def test_negatives_in_memory_do_not_count() -> None:
    assert len(load_inventory(classed("landslide", "not landslide"), "observed").frame) == 1


def test_the_layer_mapped_is_not_the_inventory(tmp_path: Path) -> None:
    path = write_shapes(tmp_path / "a.gpkg", SHAPES[:2], layer="slides")
    write_shapes(path, SHAPES[:1], layer="Mapped")
    assert len(read_inventory(path)) == 2
    mapped = read_labels(path).mapped
    assert mapped is not None
    assert mapped.geometry.tolist() == SHAPES[:1]
    assert len(read_labels(f"{path}|layername=slides").landslides) == 2


def test_mapped_ground_alone_is_no_inventory(tmp_path: Path) -> None:
    path = write_shapes(tmp_path / "a.gpkg", SHAPES[:1], layer="mapped")
    with pytest.raises(InventoryError, match="has only the layer mapped.*add a layer landslides"):
        read_inventory(path)


def test_mapped_ground_without_a_polygon_is_refused(tmp_path: Path) -> None:
    path = write_shapes(tmp_path / "a.gpkg", SHAPES[:1])
    write_shapes(path, [], layer="mapped")
    with pytest.raises(InventoryError, match="layer mapped of .* has no polygon.*or delete"):
        read_labels(path)
