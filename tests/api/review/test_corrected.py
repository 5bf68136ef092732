"""The corrected inventory: ids, outlines and columns of landslides after a review."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import slidelens as sl
from support.inventories.reviews import mapped_frame, square

LEFT, BOTTOM, RIGHT, TOP = square(0).bounds
SMALL, LARGE = shapely.box(LEFT, BOTTOM, LEFT + 10, TOP), shapely.box(LEFT + 10, BOTTOM, RIGHT, TOP)


def corrected(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return sl.review(before, after, by="A. Name", at="2018-10-02").corrected


def split(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The first landslide in two parts, with its attributes on both, as QGIS does."""
    parts = pd.concat([frame.iloc[[0]], frame.iloc[[0]]]).set_geometry([SMALL, LARGE])
    return pd.concat([parts, frame.iloc[1:]], ignore_index=True)


def test_the_largest_part_keeps_the_id_and_others_get_new_ones() -> None:
    found = corrected(mapped_frame(3), split(mapped_frame(3)))
    assert found["id"].tolist() == [4, 1, 2, 3]
    assert found["area_m2"].tolist() == [500, 2000, 2500, 2500]
    assert found["perimeter_m"].tolist() == [120, 180, 200, 200]
    assert found["mean_probability"].tolist() == [0.5, 0.5, 0.55, 0.6]
    assert found["method"].tolist()[:2] == ["slidelens, unet; split by hand"] * 2


def test_a_shapefile_keeps_the_columns_whose_names_it_cuts(tmp_path: Path) -> None:
    edited = mapped_frame(3)
    edited.loc[1, "mean_probability"] = 0.25
    cut = edited.drop(index=2).rename(columns=lambda name: name[:10])
    cut.to_file(tmp_path / "edited.shp")
    found = sl.review(mapped_frame(3), tmp_path / "edited.shp", by="A. Name").corrected
    expected = corrected(mapped_frame(3), mapped_frame(3).drop(index=2))
    assert found.columns.tolist() == expected.columns.tolist()
    assert found["mean_probability"].tolist() == [0.5, 0.25]


def test_a_shapefile_that_cuts_two_names_to_one_loses_nothing(tmp_path: Path) -> None:
    before = mapped_frame(2).assign(mean_probability_2=[0.1, 0.2])
    after = before.rename(columns={"mean_probability": "mean_proba", "mean_probability_2": "two"})
    found = corrected(before, after.iloc[:1])
    assert found[["mean_probability", "mean_proba", "two"]].to_numpy().tolist() == [[0.5, 0.5, 0.1]]


def test_one_that_was_merged_has_the_id_of_the_largest() -> None:
    before = mapped_frame(3)
    before.loc[1, "geometry"] = square(1, side_m=60)
    after = before.copy()
    after.loc[0, "geometry"] = shapely.union_all([square(0), square(1, side_m=60)]).convex_hull
    after = after.drop(index=1)
    after["id"] = pd.array([pd.NA, 3], dtype="Int64")
    found = corrected(before, after)
    assert found["id"].tolist() == [2, 3]


def test_new_ids_follow_the_highest_that_anybody_has_given() -> None:
    after = mapped_frame(3)
    after.loc[3] = {"id": 41, "geometry": square(9)}
    found = corrected(mapped_frame(3), after.set_crs(mapped_frame().crs))
    assert found["id"].tolist() == [1, 2, 3, 42]


def test_an_id_of_0_is_kept() -> None:
    before = mapped_frame(3).assign(id=[0, 1, 2])
    assert corrected(before, before.drop(index=2))["id"].tolist() == [0, 1]


@pytest.mark.parametrize("ids", [[7, 7, 7], ["a", "b", "c"], [1, 2, None]])
def test_ids_that_are_no_numbers_or_not_unique_stay_as_they_are(ids: list[object]) -> None:
    before = mapped_frame(3).assign(id=ids)
    found = corrected(before, split(before))
    assert found["id"].iloc[:3].tolist() == [ids[0], ids[0], ids[1]]


def test_without_ids_landslides_are_found_by_their_ground() -> None:
    before = mapped_frame(3).drop(columns="id")
    found = sl.review(before, split(before), by="A. Name")
    assert found.labels["change"].tolist() == ["split", "split"]
    assert found.labels["mapped_id"].isna().all()
    assert "id" not in found.corrected


def test_columns_that_another_format_has_lost_come_from_the_map_and_new_ones_are_kept() -> None:
    after = split(mapped_frame(3))[["geometry"]].assign(kind=["flow", "slide", "fall", None])
    found = corrected(mapped_frame(3), after)
    assert found["mean_probability"].tolist() == [0.5, 0.5, 0.55, 0.6]
    assert found["kind"].fillna("").tolist() == ["flow", "slide", "fall", ""]
    assert list(found.columns[-4:]) == ["kind", "reviewed_by", "reviewed_at", "geometry"]


def test_ground_without_landslides_is_not_in_it() -> None:
    after = mapped_frame(3)
    after["class"] = ["not landslide", "debris flow", None]
    found = corrected(mapped_frame(3), after)
    assert found["id"].tolist() == [2, 3]
    assert found["class"].fillna("").tolist() == ["debris flow", ""]
    assert np.isfinite(found.area).all()
