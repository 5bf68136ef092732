"""Windows of time, and what may be asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from slidelens.errors import ParamsError
from slidelens.fetching.request import Selection, Window, parse_windows


def test_windows_are_in_time_order_and_hold_their_last_day() -> None:
    later, day = "2018-09-06/2018-10-31", "2018-08-01"
    windows = parse_windows([later, day])
    assert windows == (
        Window(date(2018, 8, 1), date(2018, 8, 1)),
        Window(date(2018, 9, 6), date(2018, 10, 31)),
    )
    assert [str(window) for window in windows] == ["2018-08-01/2018-08-01", later]
    assert windows[1].interval == "2018-09-06T00:00:00Z/2018-10-31T23:59:59Z"
    assert windows[1].holds(datetime(2018, 10, 31, 23, 59, 59, 500_000, tzinfo=UTC))
    assert not windows[1].holds(datetime(2018, 11, 1, tzinfo=UTC))
    assert not windows[1].holds(datetime(2018, 9, 5, 23, tzinfo=UTC))
    (all_time,) = parse_windows(["0001-01-01/9999-12-31"])
    assert all_time.holds(datetime(9999, 12, 31, 23, tzinfo=UTC))


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "no window of time is named"),
        (["summer"], "'summer' (--dates) is no window of time; give days, like 2018-08-01/"),
        (["2018-08-01/"], "is no window of time"),
        (["2018-09-05/2018-08-01"], "ends before it starts"),
        (["2018-08-01/2018-09-05", "2018-09-05/2018-10-01"], "overlap, and one image could be"),
    ],
)
def test_what_is_no_window_is_refused(texts: list[str], message: str) -> None:
    with pytest.raises(ParamsError) as error:
        parse_windows(texts)
    assert message in str(error.value)


def test_a_cloud_cover_is_a_percentage_and_bands_are_named_once() -> None:
    with pytest.raises(ParamsError, match="give 0 to 100"):
        Selection("sentinel-2-l2a", max_cloud=float("nan"))
    with pytest.raises(ParamsError, match="red is named twice"):
        Selection("sentinel-2-l2a", ("red", "nir", "red"))
