"""A review: labels of what was changed, by whom, and what stays unknown."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

import slidelens as sl
from slidelens.api.review.earlier import read_earlier
from slidelens.errors import InventoryError, OutputError, ParamsError
from slidelens.geo.vectors.inventory import read_inventory, read_labels, write_layers
from slidelens.layers.marks import read_marks
from support.inventories.reviews import mapped_frame, square
from support.studies import UTM

AROUND = shapely.box(*square(0).buffer(1000).bounds)


def edit(
    frame: gpd.GeoDataFrame,
    *,
    deleted: tuple[int, ...] = (),
    bare: tuple[int, ...] = (),
    reshaped: dict[int, shapely.Polygon] | None = None,
    drawn: tuple[shapely.Polygon, ...] = (),
) -> gpd.GeoDataFrame:
    """What QGIS leaves behind; landslides are named by their ids."""
    edited = frame.copy()
    edited["class"] = [("not landslide" if id in bare else None) for id in edited["id"]]
    for number, shape in (reshaped or {}).items():
        edited.loc[edited["id"] == number, "geometry"] = shape
    edited = edited[~edited["id"].isin(deleted)]
    new = gpd.GeoDataFrame(geometry=list(drawn), crs=frame.crs)
    return pd.concat([edited, new], ignore_index=True) if drawn else edited.reset_index(drop=True)


def area_of(*shapes: shapely.Polygon) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=UTM.to_wkt())


EDITED = edit(
    mapped_frame(),
    deleted=(2,),
    bare=(3,),
    reshaped={4: shapely.affinity.translate(square(3), 20, 0)},
    drawn=(square(1, row=3),),
)


def write_pair(folder: Path) -> tuple[Path, Path]:
    """A map with its mapped ground, and the edited copy; saved at a known time."""
    mapped = gpd.GeoDataFrame({"area_m2": [AROUND.area]}, geometry=[AROUND], crs=UTM.to_wkt())
    before, after = folder / "inventory.gpkg", folder / "edited.gpkg"
    write_layers({"landslides": mapped_frame(), "mapped": mapped}, before)
    write_layers({"landslides": EDITED, "mapped": mapped}, after)
    os.utime(after, (1_538_490_600, 1_538_490_600))
    return before, after


def test_what_was_changed_is_known_and_all_else_is_not() -> None:
    found = sl.review(mapped_frame(), EDITED, by="A. Name", at="2018-10-02")
    labels = found.labels.drop(columns="geometry")
    assert labels[["class", "change"]].to_numpy().tolist() == [
        ["not landslide", "deleted"],
        ["not landslide", "reclassed"],
        ["landslide", "reshaped"],
        ["not landslide", "reshaped"],
        ["landslide", "drawn"],
    ]
    assert labels["mapped_id"].fillna("").tolist() == ["2", "3", "4", "4", ""]
    assert labels["probability_before"].round(2).fillna(0).tolist() == [0.55, 0.6, 0.65, 0.65, 0]
    assert labels["area_m2"].tolist() == [2500, 2500, 2500, 1000, 2500]
    assert set(labels["reviewed_by"]) == {"A. Name"}
    assert set(labels["reviewed_at"]) == {"2018-10-02"}
    assert set(labels["inventory"]) == {"mapped"}
    assert found.known["area_m2"].tolist() == [11_000]
    assert not found.known.intersects(square(0)).any()  # kept, and nobody has said that it is right
    numbers = found.to_dict()
    assert numbers["labels"] == {
        "landslides": 2,
        "landslide_m2": 5000,
        "not_landslide": 3,
        "not_landslide_m2": 6000,
        "known_m2": 11_000,
    }
    assert (numbers["confirmed"], numbers["superseded"]) == (0, None)
    assert found.changes["kept"] == (3, 7500, 3, 7500)
    assert repr(found).startswith("<Review by A. Name, 2018-10-02: 3 kept, 1 deleted, 1 drawn")
    assert "<th>reshaped</th>" in found._repr_html_()


def test_labels_are_read_as_marks_and_as_an_inventory_of_a_study(tmp_path: Path) -> None:
    before, after = write_pair(tmp_path)
    found = sl.review(before, after, by="A. Name")
    assert found.reviewer.time == "2018-10-02T14:30:00Z"  # when the edited file was saved
    found.save(tmp_path / "labels.gpkg")
    landslides, bare, mapped = read_marks(tmp_path / "labels.gpkg").in_crs(UTM.to_wkt())
    assert (len(landslides), len(bare), len(mapped)) == (2, 3, 1)
    labels = read_labels(tmp_path / "labels.gpkg")
    assert (len(labels.landslides), len(labels.negatives)) == (2, 3)
    assert labels.mapped is not None
    assert labels.mapped.area.sum() == pytest.approx(11_000)
    first = (tmp_path / "labels.gpkg").read_bytes()
    sl.review(before, after, by="A. Name").save(tmp_path / "labels.gpkg")
    assert (tmp_path / "labels.gpkg").read_bytes() == first


@pytest.mark.parametrize(
    ("name", "crs", "digits"),
    [
        ("e.gpkg", 32646, None),
        ("e.geojson", 4326, 7),
        ("e.shp", 32645, None),
        ("e.fgb", 4326, None),
    ],
)
def test_other_formats_and_crss_tell_the_same(
    tmp_path: Path, name: str, crs: int, digits: int | None
) -> None:
    options = {} if digits is None else {"COORDINATE_PRECISION": digits}
    short = EDITED[["id", "class", "geometry"]].to_crs(crs)  # names that a Shapefile can hold
    pyogrio.write_dataframe(short, tmp_path / name, **options)
    found = sl.review(mapped_frame(), tmp_path / name, by="A. Name")
    here = sl.review(mapped_frame(), EDITED, by="A. Name")
    assert found.labels["change"].tolist() == here.labels["change"].tolist()
    assert found.labels["mapped_id"].fillna("").tolist() == ["2", "3", "4", "4", ""]
    np.testing.assert_allclose(found.labels.area, here.labels.area, rtol=1e-3)
    kept = found.corrected.set_index("id").geometry[[1, 5, 6]]
    assert kept.tolist() == [square(0), square(4), square(5)]  # as they were mapped


def test_ground_that_was_looked_at_is_known_as_a_whole() -> None:
    left, bottom, right, top = shapely.union_all([square(0), square(1)]).bounds
    area = shapely.box(left - 50, bottom - 50, right + 130, top + 50)  # most of the third, no more
    found = sl.review(mapped_frame(), EDITED, by="A. Name", reviewed=area_of(area))
    assert found.confirmed == 1
    kept = found.labels[found.labels["change"] == "kept"]
    assert kept["mapped_id"].tolist() == ["1"]
    assert kept["reviewed_by"].tolist() == ["A. Name"]
    assert found.known.union_all().covers(area)


def test_a_landslide_that_reaches_into_it_stays_unknown() -> None:
    left, bottom, _, top = square(0).bounds
    area = shapely.box(left - 50, bottom - 50, left + 120, top + 50)  # 20 m of the second
    frame = mapped_frame(2)
    found = sl.review(frame, frame, by="A. Name", reviewed=area_of(area))
    assert found.labels["mapped_id"].tolist() == ["1"]
    assert found.known.area.sum() == pytest.approx(area.area - 20 * 50)


def test_all_that_was_not_changed_can_be_accepted() -> None:
    found = sl.review(mapped_frame(), EDITED, by="A. Name", accept_unchanged=True)
    assert found.confirmed == 3
    assert found.to_dict()["labels"]["landslides"] == 5  # type: ignore[index]
    assert found.corrected["reviewed_by"].tolist() == ["A. Name"] * 5


def test_the_corrected_inventory_keeps_ids_and_says_who_has_reviewed_what(tmp_path: Path) -> None:
    before, after = write_pair(tmp_path)
    found = sl.review(before, after, by="A. Name", at="2018-10-02")
    found.save(tmp_path / "labels.gpkg", tmp_path / "corrected.gpkg")
    corrected = read_inventory(tmp_path / "corrected.gpkg")
    assert corrected["id"].tolist() == [1, 4, 5, 6, 7]
    assert corrected["reviewed_by"].fillna("").tolist() == ["", "A. Name", "", "", "A. Name"]
    assert corrected["reviewed_at"].fillna("").tolist() == ["", "2018-10-02", "", "", "2018-10-02"]
    assert corrected["area_m2"].tolist() == [2500] * 5
    assert corrected["perimeter_m"].tolist() == [200] * 5
    assert corrected["method"].tolist()[3:] == ["slidelens, unet", "drawn by hand"]
    assert corrected["method"][1] == "slidelens, unet; reshaped by hand"
    mapped = read_labels(tmp_path / "corrected.gpkg").mapped
    assert mapped is not None
    assert mapped.union_all().equals(AROUND)


def test_a_name_entered_in_qgis_confirms_a_landslide() -> None:
    edited = mapped_frame()
    edited["reviewed_by"] = ["B. Other", *[None] * 5]
    found = sl.review(mapped_frame(), edited, by="A. Name", at="2018-10-02")
    assert found.labels[
        ["change", "mapped_id", "reviewed_by", "reviewed_at"]
    ].to_numpy().tolist() == [["kept", "1", "B. Other", "2018-10-02"]]


def first_session(folder: Path) -> None:
    """A review whose labels and corrected inventory are written."""
    before, after = write_pair(folder)
    seen = area_of(square(0).buffer(9))
    found = sl.review(before, after, by="A. Name", at="2018-10-02", reviewed=seen)
    found.save(folder / "labels.gpkg", folder / "corrected.gpkg")


def second_session(mapped: Path, edited: gpd.GeoDataFrame) -> sl.Review:
    """A review of what the first one has corrected, or of the map itself."""
    labels = mapped.parent / "labels.gpkg"
    return sl.review(mapped, edited, by="B. Other", at="2019-05-01", previous=labels)


def test_a_second_review_keeps_what_the_first_reviewer_has_said(tmp_path: Path) -> None:
    first_session(tmp_path)
    edited = edit(read_inventory(tmp_path / "corrected.gpkg"), deleted=(5,))
    found = second_session(tmp_path / "corrected.gpkg", edited)
    labels = found.labels[["class", "change", "reviewed_by"]].to_numpy().tolist()
    assert labels == [
        ["landslide", "kept", "A. Name"],
        ["not landslide", "deleted", "A. Name"],
        ["not landslide", "reclassed", "A. Name"],
        ["landslide", "reshaped", "A. Name"],
        ["not landslide", "reshaped", "A. Name"],
        ["landslide", "drawn", "A. Name"],
        ["not landslide", "deleted", "B. Other"],
    ]
    assert found.labels["reviewed_at"].tolist() == ["2018-10-02"] * 6 + ["2019-05-01"]
    assert found.superseded == 0
    assert found.known["reviewed_by"].tolist() == ["A. Name", "B. Other"]
    assert found.corrected["id"].tolist() == [1, 4, 6, 7]
    people = found.corrected["reviewed_by"].fillna("").tolist()
    assert people == ["A. Name", "A. Name", "", "A. Name"]


def test_a_copy_that_is_edited_on_is_compared_with_the_map_again(tmp_path: Path) -> None:
    first_session(tmp_path)
    further = EDITED[EDITED["id"] != 6].reset_index(drop=True)
    found = second_session(tmp_path / "inventory.gpkg", further)
    by = found.labels.set_index("change")["reviewed_by"]
    assert by.tolist() == ["A. Name"] * 6 + ["B. Other"]
    assert by.index[-1] == "deleted"
    assert found.known.area.tolist() == pytest.approx([found.known.area[0], 2500])
    people = found.corrected.set_index("id")["reviewed_by"].fillna("").to_dict()
    assert people == {1: "A. Name", 4: "A. Name", 5: "", 7: "A. Name"}


def test_what_the_second_reviewer_has_put_back_is_no_longer_said(tmp_path: Path) -> None:
    """All is as it was mapped, but for the sixth landslide."""
    first_session(tmp_path)
    found = second_session(tmp_path / "inventory.gpkg", edit(mapped_frame(), deleted=(6,)))
    assert found.superseded == 5
    assert found.labels[["change", "mapped_id", "reviewed_by"]].to_numpy().tolist() == [
        ["kept", "1", "A. Name"],
        ["deleted", "6", "B. Other"],
    ]
    known = found.known.union_all()
    assert not known.intersects(square(1, row=3).centroid)
    assert not known.intersects(square(1).centroid)


def test_an_earlier_review_without_its_labels_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first_session(tmp_path)
    corrected = read_inventory(tmp_path / "corrected.gpkg")
    found = sl.review(corrected, edit(corrected, deleted=(5,)), by="B. Other", at="2019-05-01")
    assert "mapped was reviewed by A. Name before; what was deleted then is unknown" in caplog.text
    known = found.labels.set_index("mapped_id")["reviewed_by"]
    assert known.to_dict() == {"1": "A. Name", "4": "A. Name", "7": "A. Name", "5": "B. Other"}


def test_labels_of_an_earlier_review_are_known_by_their_columns(tmp_path: Path) -> None:
    before, _ = write_pair(tmp_path)
    with pytest.raises(InventoryError, match="inventory.gpkg holds no labels of an earlier review"):
        read_earlier(before)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"by": "  "},
            ParamsError,
            r"by \(--by\), the reviewer's name, is ''; give 1 to",
        ),
        ({"by": "x" * 201}, ParamsError, "give 1 to 200"),
        ({"at": "2 October"}, ParamsError, r"the review, is '2 October'; give it like 2018-10-02"),
        ({"at": "2018-13-02"}, ParamsError, "'2018-13-02'"),
        ({"tolerance_m": 0.0}, ParamsError, r"\(--tolerance-m\) is 0 m; give more than 0"),
        ({"tolerance_m": float("nan")}, ParamsError, "is nan m"),
        ({"reviewed": area_of(square(5000))}, InventoryError, "reviewed lies outside mapped"),
    ],
)
def test_options_that_cannot_be_used(
    options: dict[str, object], error: type[Exception], message: str
) -> None:
    given = {"by": "A. Name", **options}
    with pytest.raises(error, match=message):
        sl.review(mapped_frame(), EDITED, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2018-10-02", "2018-10-02"),
        ("2018-10-02T14:30:00+09:00", "2018-10-02T05:30:00Z"),
        ("2018-10-02 14:30", "2018-10-02T14:30:00"),
    ],
)
def test_times(text: str, time: str) -> None:
    assert sl.review(mapped_frame(), EDITED, by="A. Name", at=text).reviewer.time == time


def test_an_unchanged_inventory_says_nothing() -> None:
    with pytest.raises(InventoryError, match="edited has the landslides of mapped, unchanged"):
        sl.review(mapped_frame(), mapped_frame(), by="A. Name")


def test_empty_inventories() -> None:
    nothing = mapped_frame(0)
    with pytest.raises(InventoryError, match="nothing is known"):
        sl.review(nothing, nothing, by="A. Name")
    assert len(sl.review(nothing, mapped_frame(2), by="A. Name").labels) == 2
    assert set(sl.review(mapped_frame(2), nothing, by="A. Name").labels["change"]) == {"deleted"}
    looked_at = sl.review(nothing, nothing, by="A. Name", reviewed=area_of(AROUND))
    assert len(looked_at.labels) == len(looked_at.corrected) == 0
    assert looked_at.known.union_all().equals(AROUND)


def test_outputs_are_written_both_or_none(tmp_path: Path) -> None:
    before, after = write_pair(tmp_path)
    found = sl.review(before, after, by="A. Name")
    for out in (before, after):
        with pytest.raises(OutputError, match="is read and would be overwritten"):
            found.save(out)
    with pytest.raises(OutputError, match="labels.geojson would hold a GeoPackage"):
        found.save(tmp_path / "labels.geojson")
    with pytest.raises(OutputError, match="name two files"):
        found.save(tmp_path / "labels.gpkg", tmp_path / "labels.gpkg")
    (tmp_path / "folder.gpkg").mkdir()
    with pytest.raises(OutputError, match="folder.gpkg is a folder"):
        found.save(tmp_path / "labels.gpkg", tmp_path / "folder.gpkg")
    assert not (tmp_path / "labels.gpkg").exists()


def test_the_time_is_now_for_an_inventory_in_memory(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    found = sl.review(mapped_frame(), EDITED, by="A. Name", accept_unchanged=True)
    assert found.reviewer.time.endswith("Z")
    assert caplog.text == ""
