"""Labels of dates."""

from __future__ import annotations

import pytest

from slidelens.errors import ParamsError
from slidelens.params.dates import (
    check_dates,
    dates_in_order,
    order_notes,
    order_problem,
    require_dates,
)


def test_labels_that_can_name_files_are_taken() -> None:
    check_dates(("2013", "2018-05-01", "before_the_earthquake", "v1.2"))


@pytest.mark.parametrize(
    ("dates", "line"),
    [
        (("2013", ".hidden"), "the date '.hidden' cannot name a file"),
        (("Höhe",), "the date 'Höhe' cannot name a file"),
        (("pretrained",), "a date cannot be called pretrained; choose another label"),
        (("terrain",), "a date cannot be called terrain"),
        (("a", "b", "a"), "dates names a twice; name each date once"),
    ],
)
def test_labels_that_cannot_are_refused(dates: tuple[str, ...], line: str) -> None:
    with pytest.raises(ValueError, match=line):
        check_dates(dates)


def test_dates_of_another_study_are_named() -> None:
    require_dates(["2014"], ["2013", "2014"])
    require_dates([], ["2013"])
    with pytest.raises(ParamsError, match="^2015 is not one of the dates 2013, 2014$"):
        require_dates(["2014", "2015"], ["2013", "2014"])


def test_dates_are_in_the_order_that_labels_or_study_order_tell() -> None:
    assert dates_in_order(("2015_Dec", "2015_Nov"), ()) == ("2015_Nov", "2015_Dec")
    assert dates_in_order(("b", "a"), ()) == ("b", "a")
    assert dates_in_order(("a", "b"), ("b", "a")) == ("b", "a")
    for order in (("a",), ("a", "c"), ("a", "b", "b")):
        with pytest.raises(ValueError, match=r"study.order and dates differ in [abc]; list each"):
            dates_in_order(("a", "b"), order)


@pytest.mark.parametrize(
    ("dates", "reason"),
    [
        (("b", "a"), "b, a tell no dates"),
        (("2015", "2015-06"), "the times of 2015 and 2015-06 overlap"),
        (("2015-02-30", "2016"), "Feb 2015 has no day 30"),
    ],
)
def test_an_unclear_order_is_a_problem_until_study_order_settles_it(
    dates: tuple[str, ...], reason: str
) -> None:
    problem = order_problem(dates, ())
    assert problem is not None
    assert reason in problem
    assert "list all dates in time order in study.order" in problem
    assert order_problem(dates, dates) is None
    assert order_problem(dates[:1], ()) is None


def test_notes_on_the_order() -> None:
    assert order_notes(("2013", "2014"), ("2013", "2014"), ()) == []
    assert order_notes(("2014", "2013"), ("2013", "2014"), ()) == [
        "params.yaml lists the dates as 2014, 2013; everywhere they are taken in time order, "
        "2013, 2014"
    ]
    assert order_notes(("2014", "2013"), ("2014", "2013"), ("2014", "2013")) == [
        "study.order is 2014, 2013, but by their labels the dates are 2013, 2014; "
        "study.order counts"
    ]
    assert order_notes(("19112015",), ("19112015",), ()) == [
        "of the dates, 19112015 is 2015-11-19, with the year last"
    ]
