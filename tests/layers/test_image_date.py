"""Dates of images, by tags and names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from slidelens.layers.image_date import date_of_tags, describe_date, image_date, iso_period
from slidelens.params.timeline.labels import read_label
from support.studies import grid_of, write_image

GRID = grid_of(20, 20)


def scene(path: Path, **tags: str) -> Path:
    write_image(path, GRID, np.ones((*GRID.shape, 3), np.uint16))
    with rasterio.open(path, "r+") as dataset:
        dataset.update_tags(**tags)
    return path


@pytest.mark.parametrize(
    ("name", "text", "date"),
    [
        ("ACQUISITION_DATE", "2016-05-04T10:00:00Z", "2016-05-04"),
        ("DATE_ACQUIRED", "20160504", "2016-05-04"),
        ("TIFFTAG_DATETIME", "2016:05:04 01:02:03", "2016-05-04 (or that of its processing)"),
        ("ACQUISITION_DATE", "yesterday", None),
        ("DATETIME", "0000:00:00 00:00:00", None),
        ("DATE_ACQUIRED", "2018-02-30", None),
        ("DATE_ACQUIRED", "1970-01-01T00:00:00Z", None),
        ("TIFFTAG_DATETIME", "1970:01:01 00:00:00", None),
        ("DATE_ACQUIRED", "1970-01-02", "1970-01-02"),
        ("NOTE", "2016-05-04", None),
    ],
)
def test_the_date_is_that_of_the_tags(
    tmp_path: Path, name: str, text: str, date: str | None
) -> None:
    assert date_of_tags(scene(tmp_path / "a.tif", **{name: text})) == date


@pytest.mark.parametrize(
    ("name", "tags", "date"),
    [
        ("2017.tif", {}, "2017"),
        ("2017.tif", {"ACQUISITION_DATE": "2016-05-04"}, "2016-05-04"),
        ("2017.tif", {"ACQUISITION_DATE": "0000-00-00", "DATETIME": "2016-05-04"}, "2016-05-04"),
        ("2017.tif", {"TIFFTAG_DATETIME": "2016:05:04 01:02:03"}, "2017"),  # perhaps of processing
        ("valley.tif", {}, None),
        ("2016_2017.tif", {}, None),
    ],
)
def test_an_image_has_the_date_that_is_sure(
    tmp_path: Path, name: str, tags: dict[str, str], date: str | None
) -> None:
    assert image_date(scene(tmp_path / name, **tags)) == date


@pytest.mark.parametrize(
    ("name", "tags", "told"),
    [
        ("2017.tif", {}, "2017 (from the name of the file)"),
        ("a.tif", {"ACQUISITION_DATE": "2016-05-04"}, "2016-05-04 (from a tag of the file)"),
        ("2017.tif", {"TIFFTAG_DATETIME": "2016:05:04"}, "2017 (from the name of the file)"),
        ("a.tif", {"TIFFTAG_DATETIME": "2016:05:04"}, "2016-05-04 (or that of its processing)"),
        ("a.tif", {}, None),
    ],
)
def test_where_a_date_is_from_is_told(
    tmp_path: Path, name: str, tags: dict[str, str], told: str | None
) -> None:
    assert describe_date(scene(tmp_path / name, **tags)) == told


@pytest.mark.parametrize(
    ("label", "period"),
    [
        ("2015", "2015"),
        ("2016-02", "2016-02"),
        ("iburi_2018-09-06_v2", "2018-09-06"),
        ("S2A_MSIL2A_20180905T012651_N0208", "2018-09-05"),
        ("2015Q3", "2015-07-01/2015-09-30"),
        ("before 2015", None),
        ("post", None),
    ],
)
def test_a_period_is_as_long_as_the_label_says(label: str, period: str | None) -> None:
    assert iso_period(read_label(label)) == period
