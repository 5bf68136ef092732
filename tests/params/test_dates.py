"""Labels of dates."""

from __future__ import annotations

import pytest

from slidelens.params.dates import check_dates


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
