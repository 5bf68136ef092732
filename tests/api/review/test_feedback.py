"""What `slidelens adapt` and a study learn from the labels of a review."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import slidelens as sl
from slidelens.dataset.parts import UNKNOWN
from slidelens.geo.vectors.inventory import read_labels
from slidelens.layers.marks import are_corrections_alone, read_marks
from slidelens.learning.adaptation.marked import RIM_PX, mark_ground
from slidelens.types import UInt8
from support.inventories.reviews import mapped_frame, square
from support.studies import UTM, grid_of

GRID = grid_of(96, 96, pixel_m=10.0)
DRAWN = square(6, row=2)
AREA = shapely.box(*square(4).buffer(30).bounds)


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """The second landslide is deleted, one is drawn, and the fifth lies in ground looked at."""
    edited = mapped_frame().drop(index=1)
    drawn = gpd.GeoDataFrame(geometry=[DRAWN], crs=UTM.to_wkt())
    edited = pd.concat([edited, drawn], ignore_index=True)
    seen = gpd.GeoDataFrame(geometry=[AREA], crs=UTM.to_wkt())
    sl.review(mapped_frame(), edited, by="A. Name", reviewed=seen).save(tmp_path / "labels.gpkg")
    return tmp_path / "labels.gpkg"


def inside(array: UInt8, shape: shapely.Geometry) -> set[int]:
    """The values of the pixels whose centre lies in a polygon."""
    rows, columns = np.indices(GRID.shape)
    x, y = GRID.transform.c + 10 * (columns + 0.5), GRID.transform.f - 10 * (rows + 0.5)
    return set(array[shapely.contains_xy(shape, x, y)].tolist())


def test_adapt_learns_from_known_ground_alone(labels: Path) -> None:
    pixels = np.ones((*GRID.shape, 3), dtype=np.float32)
    landslides, bare, mapped = read_marks(labels).in_crs(GRID.crs.to_wkt())
    marked = mark_ground(pixels, GRID, list(landslides), list(bare), list(mapped))
    learnt = marked.data.labels
    assert inside(learnt, DRAWN) == inside(learnt, square(4)) == {1}
    assert inside(learnt, square(1)) == {0}  # deleted
    assert inside(learnt, AREA) == {0, 1}
    for column in (0, 2, 3, 5):  # kept, and nobody has looked at them
        assert inside(learnt, square(column)) == {UNKNOWN}
    assert marked.landslides == 2
    known = (learnt != UNKNOWN).sum() * 100
    rims = 2 * ((50 + 20 * RIM_PX) ** 2 - 50**2)
    assert known <= 3 * 2500 + AREA.area + rims


def test_a_study_knows_the_same_ground(labels: Path) -> None:
    found = read_labels(labels)
    assert found.mapped is not None
    known = found.mapped.union_all()
    for shape in (DRAWN, square(1), AREA):
        assert known.covers(shape)
    assert known.area == pytest.approx(2 * 2500 + AREA.area)
    assert found.landslides.geometry.within(known.buffer(0.01)).all()
    assert found.negatives.area.tolist() == [2500]


@pytest.mark.parametrize(
    ("options", "is_alone"),
    [({}, True), ({"accept_unchanged": True}, False), ({"reviewed": "seen"}, False)],
)
def test_corrections_alone_are_told(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    options: dict[str, object],
    is_alone: bool,
) -> None:
    away = gpd.GeoDataFrame(geometry=[square(2, row=3, side_m=300)], crs=UTM.to_wkt())
    given = {"reviewed": away} if "reviewed" in options else options
    edited = mapped_frame().drop(index=1)
    found = sl.review(mapped_frame(), edited, by="A. Name", **given)
    found.save(tmp_path / "labels.gpkg")
    assert read_marks(tmp_path / "labels.gpkg").only_corrections == is_alone
    assert ("the ground on which mapped was wrong is known" in caplog.text) == is_alone


def test_one_confirmed_landslide_is_too_few_beside_three_corrections() -> None:
    changes = ["deleted", "drawn", "re-shaped", "kept"]
    assert are_corrections_alone(pd.Series(changes), 100.0, 100.0)
    assert not are_corrections_alone(pd.Series([*changes, "kept", "kept"]), 100.0, 100.0)
    assert not are_corrections_alone(pd.Series(["drawn"] * 40 + ["kept"] * 10), 100.0, 100.0)
    assert not are_corrections_alone(pd.Series(changes), 100.0, 200.0)


def test_ground_of_an_earlier_review_is_known_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    away = gpd.GeoDataFrame(geometry=[square(2, row=3, side_m=300)], crs=UTM.to_wkt())
    edited = mapped_frame().drop(index=1)
    labels = tmp_path / "labels.gpkg"
    sl.review(mapped_frame(), edited, by="A. Name", reviewed=away).save(labels)
    sl.review(mapped_frame(), edited.drop(index=2), by="A. Name", previous=labels)
    assert "hardly more than the ground on which" not in caplog.text
