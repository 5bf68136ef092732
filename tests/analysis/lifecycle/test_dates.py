"""Date labels."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slidelens.analysis.lifecycle.dates import decimal_year, in_time_order


@pytest.mark.parametrize(
    "ordered",
    [
        ["2013", "2014", "2015"],
        ["2015-02", "2015-11", "2016"],
        ["20151105", "20151224", "20160101"],
        ["201511", "201602"],
        ["nepal_2014", "map_2015", "atlas_2016"],
        ["2018-pre", "2018", "2018-09", "2018-10", "2018-post", "2019"],
        ["pre", "post"],
    ],
)
def test_time_order(ordered: list[str]) -> None:
    assert in_time_order(ordered[::-1]) == ordered


@pytest.mark.parametrize(
    "labels",
    [["before_a", "b"], ["first", "second"], ["2015", "post"], ["inventory12015"], ["1850"]],
)
def test_labels_that_do_not_tell(labels: list[str]) -> None:
    assert in_time_order(labels) is None


# July 1st is six of twelve months into the year; November 5th is ten months and four days
@pytest.mark.parametrize(
    ("label", "year"),
    [
        ("2015", 2015.0),
        ("2015-07", 2015.5),
        ("20151105", 2015 + 10 / 12 + 4 / 365),
        ("2018-post", 2018.0),
        ("a_2016_v2", 2016.0),
        ("2015-99", 2015.0),
    ],
)
def test_decimal_year(label: str, year: float) -> None:
    assert decimal_year(label) == pytest.approx(year)


def test_no_year() -> None:
    assert decimal_year("post") is None


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)))
def test_year_is_the_same_with_and_without_dashes(day: date) -> None:
    dashed = str(day)
    assert decimal_year(dashed) == decimal_year(dashed.replace("-", ""))
