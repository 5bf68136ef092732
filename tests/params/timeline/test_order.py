"""The order of dates, and the years between them."""

from __future__ import annotations

from itertools import permutations

import pytest

from slidelens.params.timeline.order import (
    OrderError,
    UndatedError,
    decimal_year,
    decimal_years,
    in_time_order,
    readings,
    undated,
)


@pytest.mark.parametrize(
    "ordered",
    [
        ["2013", "2014", "2015"],
        ["2015_Nov", "2015_Dec", "2016_Jan"],
        ["LC08_L1TP_201024_20180823", "LC08_L1TP_192029_20220823"],
        ["20122014", "19112015"],
        ["2015-02", "2015-11", "2016"],
        ["20151105", "20151224", "20160101"],
        ["201511", "201602"],
        ["nepal_2014", "map_2015", "atlas_2016"],
        ["2018-pre", "2018", "2018-post", "2019"],
        ["2018-pre", "2018-09-06-post"],
        ["before_2018", "2018", "after_2018"],
        ["pre", "co", "post"],
        ["20180905T012651", "20180905T013651"],
        ["only"],
    ],
)
def test_time_order(ordered: list[str]) -> None:
    for given in permutations(ordered):
        assert in_time_order(given) == ordered


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (["2015", "2015-06"], "the times of 2015 and 2015-06 overlap"),
        (["2018", "2018-09", "2018-post"], "the times of 2018 and 2018-09 overlap"),
        (["2015-11-19", "20151119"], "2015-11-19 and 20151119 are of the same time"),
        (["2015_summer", "2015_autumn"], "2015_autumn and 2015_summer are of the same time"),
        (["pre_a", "pre_b"], "pre_a and pre_b are of the same time"),
        (["before_2015", "2014"], "the times of 2014 and before_2015 overlap"),
        (["2013-2015", "2016"], "2013-2015 has two dates"),
        (["2015-02-30", "2016"], "2015-02-30: Feb 2015 has no day 30"),
        (["2018-03-post", "2018-09-pre", "2018-co"], "overlap"),
    ],
)
def test_labels_that_do_not_tell_are_refused(labels: list[str], reason: str) -> None:
    for given in permutations(labels):
        with pytest.raises(OrderError, match=reason) as caught:
            in_time_order(given)
        assert not isinstance(caught.value, UndatedError)


@pytest.mark.parametrize(
    ("labels", "bare"), [(["a", "b"], ["a", "b"]), (["2015", "post"], ["post"]), (["pre"], [])]
)
def test_labels_without_a_date(labels: list[str], bare: list[str]) -> None:
    assert undated(labels) == bare
    if bare:
        with pytest.raises(UndatedError, match=f"^{', '.join(bare)} tells? no date"):
            in_time_order(labels)


# July 1st is six of twelve months into the year; November 5th is ten months and four days
@pytest.mark.parametrize(
    ("label", "year"),
    [
        ("2015", 2015.0),
        ("2015-07", 2015.5),
        ("20151105", 2015 + 10 / 12 + 4 / 365),
        ("2018-post", 2018.0),
        ("a_2016_v2", 2016.0),
        ("LC08_L1TP_192029_20220801", 2022 + 7 / 12),
        ("2015-99", None),
        ("post", None),
        ("before_2015", None),
        ("after_9999", None),
    ],
)
def test_decimal_year(label: str, year: float | None) -> None:
    assert decimal_year(label) == (None if year is None else pytest.approx(year))


def test_the_middle_counts_between_dates_of_different_precision() -> None:
    assert decimal_years(["2013", "2014"]) == {"2013": 2013.0, "2014": 2014.0}
    mixed = decimal_years(["2015", "2016-07", "2017-01-01", "x"])
    assert mixed == {
        "2015": 2015.5,
        "2016-07": pytest.approx(2016.5 + 1 / 24),
        "2017-01-01": 2017.0,
        "x": None,
    }


def test_readings_that_may_surprise() -> None:
    assert readings(["2013", "19112015", "x", "2015-13"]) == [
        "19112015 is 2015-11-19, with the year last"
    ]
