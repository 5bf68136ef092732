"""What a label tells beside the date."""

from __future__ import annotations

import contextlib
from datetime import datetime

import pytest

from slidelens.params.timeline.labels import LabelError, read_label


@pytest.mark.parametrize(
    ("label", "phase"),
    [
        ("pre", -1),
        ("2018-post", 1),
        ("pre_2018-09-06", -1),
        ("PostSeismic2015", 1),
        ("coseismic_2015", 0),
        ("2015_pre-monsoon", -1),
        ("predicted_2015", None),
        ("posters_2015", None),
        ("compared", None),
    ],
)
def test_sides_of_an_event(label: str, phase: int | None) -> None:
    assert read_label(label).phase == phase


@pytest.mark.parametrize(
    "label",
    ["v2015", "EPSG_2056", "epsg2056", "tile_2015", "T2015", "path2015", "processed_2015-11-19"],
)
def test_numbers_of_something_else_are_no_dates(label: str) -> None:
    assert read_label(label).start is None
    assert read_label(f"{label}_2018").start == datetime(2018, 1, 1)


@pytest.mark.parametrize(
    ("label", "dates"),
    [
        ("2013-2015", "2013 and 2015"),
        ("2013_to_2015", "2013 and 2015"),
        ("2015-11-19_2016-01-02", "2015-11-19 and 2016-01-02"),
        ("Nov2015_Dec2015", "Nov2015 and Dec2015"),
        ("201012_2015", "201012 and 2015"),
    ],
)
def test_two_dates_are_refused(label: str, dates: str) -> None:
    with pytest.raises(LabelError, match=f"^{label} has two dates, {dates}$"):
        read_label(label)


def test_the_more_precise_of_two_dates_that_agree_counts() -> None:
    assert read_label("2018_iburi_2018-09-06").start == datetime(2018, 9, 6)
    assert read_label("2018/2018-09/a").start == datetime(2018, 9, 1)


def test_two_sides_of_an_event_are_refused() -> None:
    with pytest.raises(LabelError, match="pre_post_2015 names two sides of an event"):
        read_label("pre_post_2015")


def test_before_and_after_a_date_are_open() -> None:
    assert read_label("before_2015").end == datetime(2015, 1, 1)
    assert read_label("after-2015").start == datetime(2016, 1, 1)


def test_unusual_readings_are_told() -> None:
    assert read_label("19112015").read_as == "2015-11-19, with the year last"
    assert read_label("2015323").read_as == "2015-11-19, as year and day of the year"
    assert (
        read_label("LC08_L1TP_192029_20220823").read_as == "2022-08-23, by its Landsat identifier"
    )
    assert not read_label("2015-11-19").read_as


@pytest.mark.parametrize("label", ["", " ", "\0", "9" * 10_000, "2015" * 1000, "Höhe", "٢٠١٥"])
def test_any_text_is_answered(label: str) -> None:
    with contextlib.suppress(LabelError):
        assert read_label(label).label == label
