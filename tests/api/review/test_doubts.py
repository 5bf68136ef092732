"""What is told of edited inventories that may not be as they were meant, or cannot be used."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import slidelens as sl
from slidelens.errors import InventoryError
from slidelens.geo.vectors.inventory import write_layers
from support.inventories.reviews import mapped_frame, square
from support.studies import UTM

GROUND = gpd.GeoDataFrame(geometry=[square(0, side_m=1000)], crs=UTM.to_wkt())
PART = gpd.GeoDataFrame(geometry=[square(0, side_m=90)], crs=UTM.to_wkt())


def add(frame: gpd.GeoDataFrame, *shapes: shapely.Geometry, **columns: object) -> gpd.GeoDataFrame:
    new = gpd.GeoDataFrame(geometry=list(shapes), crs=frame.crs).assign(**columns)
    return pd.concat([frame, new], ignore_index=True)


def test_a_file_edited_in_place_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "inventory.gpkg"
    write_layers({"landslides": mapped_frame()}, path)
    (tmp_path / "link.gpkg").symlink_to(path)
    with pytest.raises(InventoryError, match="if it was edited in place, map the image again"):
        sl.review(path, tmp_path / "link.gpkg", by="A. Name")


def test_two_layers_of_one_file_are_two_inventories(tmp_path: Path) -> None:
    path = tmp_path / "both.gpkg"
    write_layers({"landslides": mapped_frame(), "edited": mapped_frame(5)}, path)
    found = sl.review(f"{path}|layername=landslides", f"{path}|layername=edited", by="A. Name")
    assert found.labels["mapped_id"].tolist() == ["6"]


def test_landslides_are_not_the_ground_that_was_looked_at(tmp_path: Path) -> None:
    write_layers({"landslides": mapped_frame()}, tmp_path / "before.gpkg")
    edited = tmp_path / "edited.gpkg"
    write_layers({"landslides": mapped_frame(5), "seen": PART}, edited)
    for given in (edited, f"{edited}|layername=landslides"):
        with pytest.raises(
            InventoryError, match="holds landslides, not the ground that was looked"
        ):
            sl.review(tmp_path / "before.gpkg", edited, by="A. Name", reviewed=given)
    found = sl.review(
        tmp_path / "before.gpkg", edited, by="A. Name", reviewed=f"{edited}|layername=seen"
    )
    assert found.confirmed == 1


def test_a_layer_mapped_that_was_changed_is_told_and_can_be_given(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before, after = tmp_path / "before.gpkg", tmp_path / "edited.gpkg"
    write_layers({"landslides": mapped_frame(), "mapped": GROUND}, before)
    write_layers({"landslides": mapped_frame(5), "mapped": PART}, after)
    sl.review(before, after, by="A. Name")
    assert "its layer mapped was changed; if it is the ground that was checked" in caplog.text
    caplog.clear()
    found = sl.review(before, after, by="A. Name", reviewed=after)
    assert "was changed" not in caplog.text
    assert found.known.union_all().covers(PART.union_all())
    assert found.mapped is not None
    assert found.mapped.area.sum() == 90**2


def test_landslides_outside_the_mapped_ground_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_layers({"landslides": mapped_frame(), "mapped": GROUND}, tmp_path / "before.gpkg")
    edited = add(mapped_frame(), square(20), square(1, row=-1))
    sl.review(tmp_path / "before.gpkg", edited, by="A. Name")
    assert "edited: 1 landslide lies outside its layer mapped" in caplog.text


def test_an_inventory_of_which_nothing_is_left_as_it_was_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    moved = mapped_frame().set_geometry(mapped_frame().translate(3, 0))
    sl.review(mapped_frame(), moved, by="A. Name")
    assert "edited has no polygon of mapped unchanged; was it made from this file" in caplog.text


def test_polygons_that_are_there_twice_count_once(caplog: pytest.LogCaptureFixture) -> None:
    edited = add(mapped_frame(), square(0), square(9), square(9).buffer(0.01))
    found = sl.review(mapped_frame(), edited, by="A. Name")
    assert found.labels["change"].tolist() == ["drawn"]
    assert (
        "edited: 2 polygons that are the same as earlier ones are left out (rows 6, 8)"
        in caplog.text
    )


def test_a_box_without_landslides_on_a_landslide_is_told(caplog: pytest.LogCaptureFixture) -> None:
    edited = add(mapped_frame(), square(0).buffer(9), square(9), **{"class": "not landslide"})
    found = sl.review(mapped_frame(), edited, by="A. Name")
    assert found.labels["class"].tolist() == ["not landslide"] * 2
    assert not found.labels.intersects(square(0).centroid).any()
    assert "1 polygon of class `not landslide` lies on landslides" in caplog.text


def test_classes_that_say_something_else(caplog: pytest.LogCaptureFixture) -> None:
    edited = mapped_frame()
    edited["Class"] = ["Not_Landslide", "bare", "quarry", "landslide", None, ""]
    found = sl.review(mapped_frame(), edited, by="A. Name")
    assert found.labels["mapped_id"].tolist() == ["1", "2"]
    assert "1 polygon of class quarry taken for landslide (row 2)" in caplog.text
    edited["Class"] = "mapped"
    with pytest.raises(InventoryError, match="polygons of class `mapped`"):
        sl.review(mapped_frame(), edited, by="A. Name")


def test_invalid_polygons_are_repaired_and_rows_without_geometry_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    left, bottom, right, top = square(9).bounds
    bow = shapely.Polygon([(left, bottom), (right, top), (right, bottom), (left, top)])
    edited = add(mapped_frame(), bow, shapely.Polygon())
    found = sl.review(mapped_frame(), edited, by="A. Name")
    assert found.labels["area_m2"].tolist() == [1250]
    assert "1 row without geometry is left out (row 7)" in caplog.text
    assert "1 invalid polygon repaired (row 6)" in caplog.text


@pytest.mark.parametrize(("exported", "told"), [(5, True), (7, False)])
def test_an_export_of_a_selection_is_told(
    exported: int, told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    sl.review(mapped_frame(12), mapped_frame(exported), by="A. Name")
    line = "7 of 12 polygons of mapped are not in edited and count as deleted; if it was exported"
    assert (line in caplog.text) == told


def test_a_shapefile_keeps_the_names_of_reviewers(tmp_path: Path) -> None:
    edited = mapped_frame()[["id", "geometry"]].assign(reviewed_b=["B. Other", *[None] * 5])
    edited.to_file(tmp_path / "edited.shp")
    found = sl.review(mapped_frame(), tmp_path / "edited.shp", by="A. Name")
    assert found.labels["reviewed_by"].tolist() == ["B. Other"]
    assert found.corrected["reviewed_by"].fillna("").tolist()[:2] == ["B. Other", ""]
    assert "reviewed_b" not in found.corrected


def test_a_map_that_was_exported_as_a_shapefile_keeps_its_probabilities(tmp_path: Path) -> None:
    mapped = mapped_frame()
    mapped[["id", "mean_probability", "geometry"]].rename(
        columns={"mean_probability": "mean_proba"}
    ).to_file(tmp_path / "mapped.shp")
    edited = mapped[mapped["id"] != 2]
    found = sl.review(tmp_path / "mapped.shp", edited, by="A. Name")
    expected = sl.review(mapped, edited, by="A. Name")
    assert expected.labels["probability_before"].notna().all()
    assert found.labels["probability_before"].tolist() == pytest.approx(
        expected.labels["probability_before"].tolist()
    )


def test_other_layers_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_layers({"landslides": mapped_frame(5), "notes": PART}, tmp_path / "edited.gpkg")
    sl.review(mapped_frame(), tmp_path / "edited.gpkg", by="A. Name")
    assert "edited.gpkg: not read: layer notes" in caplog.text


@pytest.mark.parametrize(
    ("edited", "message"),
    [
        (mapped_frame().set_geometry(mapped_frame().centroid), "edited holds Point geometries"),
        (mapped_frame().set_crs(None, allow_override=True), "edited has no CRS"),
        (mapped_frame().translate(0, 300_000).to_frame("geometry"), "lie 300 km apart"),
        (3, "edited is a int; give a path or a GeoDataFrame"),
        ("absent.gpkg", "absent.gpkg"),
    ],
)
def test_inventories_that_cannot_be_compared(edited: object, message: str) -> None:
    with pytest.raises(InventoryError, match=message):
        sl.review(mapped_frame(), edited, by="A. Name")
