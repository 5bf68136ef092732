"""Forms of dates, as labels are read."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slidelens.params.timeline.labels import LabelError, read_label

DAYS = st.dates(min_value=date(1930, 1, 1), max_value=date(2100, 12, 31))


def period(label: str) -> tuple[str, int]:
    """Return the first day and the length in days."""
    read = read_label(label)
    assert read.start is not None
    return read.start.date().isoformat(), read.days


@pytest.mark.parametrize(
    ("labels", "first", "days"),
    [
        ("2015 y2015 map_2015 nepal2015 2015a 2015_v2 2015_1", "2015-01-01", 365),
        ("2015-11 201511 2015_11 2015.11 11-2015 11.2015", "2015-11-01", 30),
        ("2015_Nov Nov2015 nov_2015 2015NOV November_2015 2015-november", "2015-11-01", 30),
        ("2015-11-19 20151119 2015_11_19 2015.11.19 x_2015-11-19_v2", "2015-11-19", 1),
        ("19112015 19-11-2015 19.11.2015 11-19-2015 11192015", "2015-11-19", 1),
        ("19Nov2015 19_November_2015 2015-Nov-19 Nov_19_2015 19th_nov_2015", "2015-11-19", 1),
        ("2015-323 2015323 2015_323", "2015-11-19", 1),
        ("2015-11-19T03:00:00+05:45", "2015-11-19", 1),
        ("2015-9-6", "2015-09-06", 1),
        ("2015Q3 2015-Q3 q3_2015", "2015-07-01", 92),
        ("2015H2 2015-h2", "2015-07-01", 184),
        ("2015-W47 2015W47", "2015-11-16", 7),
        ("2015-11-19T03:00:00Z 20151119T030000 20151119T0300 20151119030000", "2015-11-19", 0),
        ("11112015", "2015-11-11", 1),
        ("2016-02-29 20160229 29022016 2016-060", "2016-02-29", 1),
    ],
)
def test_every_form_is_read(labels: str, first: str, days: int) -> None:
    for label in labels.split():
        assert period(label) == (first, days), label


@given(DAYS)
def test_a_day_is_the_same_in_every_form(day: date) -> None:
    forms = ("%Y-%m-%d", "%Y%m%d", "%d%b%Y", "%Y_%B_%d", "%Y-%j", "a_%Y-%m-%d_v2")
    expected = datetime.combine(day, time())
    for form in forms:
        read = read_label(day.strftime(form))
        assert (read.start, read.end) == (expected, expected + timedelta(days=1)), form


@given(DAYS)
def test_a_day_with_the_year_last_is_right_or_refused(day: date) -> None:
    for form in ("%d%m%Y", "%d-%m-%Y", "%d.%m.%Y"):
        try:
            assert read_label(day.strftime(form)).start == datetime.combine(day, time())
        except LabelError:
            assert day.day <= 12, form


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("2015-02-30", "Feb 2015 has no day 30"),
        ("2015_20", "there is no month 20"),
        ("2015-13-01", "there is no month 13"),
        ("20151399", "there is no month 13"),
        ("30022015", "Feb 2015 has no day 30"),
        ("31-02-2018", "Feb 2018 has no day 31"),
        ("13-13-2018", "there is no month 13"),
        ("2015-366", "2015 has no day 366"),
        ("2015-000", "2015 has no day 0"),
        ("31Nov2015", "Nov 2015 has no day 31"),
        ("2015Q5", "there is no such part of a year"),
        ("2015-W60", "Invalid week: 60"),
        ("2015-11-19T25:00", "there is no such time"),
        ("05-11-2015", "it may be 2015-11-05 or 2015-05-11; write it as 2015-11-05"),
        ("05112015", "it may be 2015-11-05 or 2015-05-11"),
        ("20132015", "it may be the years 2013 and 2015"),
    ],
)
def test_what_does_not_exist_or_is_unclear_is_refused(label: str, reason: str) -> None:
    with pytest.raises(LabelError, match=f"^{label}: ({reason})"):
        read_label(label)


@pytest.mark.parametrize(
    "label",
    [
        "1850",
        "1929",
        "2101",
        "1911",
        "192029",
        "201024",
        "inventory12015",
        "2015m",
        "2015px",
        "15NOV19",
        "Nov-15",
        "a",
        "b",
    ],
)
def test_other_numbers_are_no_dates(label: str) -> None:
    assert read_label(label).start is None


@pytest.mark.parametrize("label", ["2015_10m", "2015_1", "2015.5", "11_2015", "area_12_2015"])
def test_a_number_that_may_be_none_of_the_date_is_left_out(label: str) -> None:
    assert period(label) == ("2015-01-01", 365)
