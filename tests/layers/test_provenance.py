"""Columns that say what a map was made from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from slidelens.layers.probability import write_probability
from slidelens.layers.provenance import Provenance, insert_columns, mapped_extent
from support.inventories.vectors import frame_of
from support.studies import grid_of

MADE = Provenance("2017.tif", "2016.weights.h5", "slidelens, unet", "2017")
FRAME = frame_of(shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1))


def test_landslides_of_one_image_are_there_by_its_date_and_nobody_knows_since_when() -> None:
    described = MADE.describe(FRAME)
    assert list(described.columns) == [
        "name",
        "occurred_after",
        "occurred_by",
        "image",
        "weights",
        "method",
        "class",
        "reviewed_by",
        "geometry",
    ]
    assert described["occurred_by"].tolist() == ["2017", "2017"]
    assert described["occurred_after"].isna().all()
    assert described[["class", "reviewed_by"]].isna().all(axis=None)
    assert described["image"].tolist() == ["2017.tif"] * 2
    assert list(FRAME.columns) == ["name", "geometry"]


def test_intervals_of_histories_take_the_place_of_the_date() -> None:
    found: dict[str, list[str | None]] = {
        "occurred_after": ["2015", None],
        "occurred_by": ["2016", "2017"],
    }
    described = MADE.describe(FRAME, found)
    assert described["occurred_after"].fillna("").tolist() == ["2015", ""]
    assert described["occurred_by"].tolist() == ["2016", "2017"]


def test_columns_that_are_there_stay() -> None:
    assert insert_columns(FRAME, {"name": ["x"]}).equals(FRAME)


def test_the_mapped_extent_is_that_of_the_valid_pixels(tmp_path: Path) -> None:
    grid = grid_of(20, 30)
    valid = np.zeros(grid.shape, bool)
    valid[5:15, 10:20] = True
    write_probability(valid.astype(np.float32), valid, grid, tmp_path / "p.tif")
    extent = mapped_extent(tmp_path / "p.tif", MADE, grid)
    assert extent.crs == grid.crs
    assert extent.area.tolist() == extent["area_m2"].tolist() == [10_000]
    assert extent["outline_m"].tolist() == [10]
    assert extent["image_date"].tolist() == ["2017"]
    assert extent["weights"].tolist() == ["2016.weights.h5"]
