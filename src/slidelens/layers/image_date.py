"""Find the date of an image: in the tags of its file, or in its name."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from slidelens.geo.rasters.opening import open_dataset
from slidelens.params.timeline.labels import DateLabel, LabelError, read_label

_DATES = {  # tags by domain, the surest first; the last is often the date of processing
    "IMAGERY": ("ACQUISITIONDATETIME",),
    None: ("ACQUISITION_DATE", "DATE_ACQUIRED", "SENSING_TIME", "DATETIME", "TIFFTAG_DATETIME"),
}
_UNSET = {("0001", "01", "01"), ("1900", "01", "01"), ("1970", "01", "01")}  # of an empty clock
_DOUBT = " (or that of its processing)"


def date_of_tags(path: Path) -> str | None:
    """Return the date of an image that the tags of its file tell, or None.

    Tags that hold no day of the calendar, as `0000:00:00`, or the day on which a clock begins, as
    `1970-01-01`, tell nothing.

    Args:
        path: The file.
    """
    with open_dataset(path) as dataset:
        for domain, names in _DATES.items():
            tags = dataset.tags(ns=domain) if domain else dataset.tags()
            for name in names:
                found = re.match(r"(\d{4})[-:/]?(\d\d)[-:/]?(\d\d)", tags.get(name, ""))
                if found and _is_day(*found.groups()):
                    doubt = _DOUBT if name.startswith("TIFF") else ""
                    return "-".join(found.groups()) + doubt
    return None


def _is_day(year: str, month: str, day: str) -> bool:
    if (year, month, day) in _UNSET:
        return False
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def image_date(path: Path) -> str | None:
    """Return the date of an image: that of its tags, unless it may be another, or of its name.

    Args:
        path: The file.

    Returns:
        A day, month, year or period as in ISO 8601; None if nothing tells it.
    """
    return _date_and_origin(path)[0]


def describe_date(path: Path) -> str | None:
    """Return `image_date` and where it is from, or else a doubtful date, which says so.

    Args:
        path: The file.
    """
    date, origin = _date_and_origin(path)
    return date_of_tags(path) if date is None else f"{date} (from {origin})"


def _date_and_origin(path: Path) -> tuple[str | None, str]:
    tagged = date_of_tags(path)
    if tagged is not None and not tagged.endswith(_DOUBT):
        return tagged, "a tag of the file"
    try:
        return iso_period(read_label(path.stem)), "the name of the file"
    except LabelError:
        return None, ""


def iso_period(label: DateLabel) -> str | None:
    """Return the date in a label as in ISO 8601: 2015, 2015-11, 2015-11-19 or START/END.

    Args:
        label: A label; one without a date, or open to one side, gives None.
    """
    start, end = label.start, label.end
    if start is None or end is None or start.year == 1 or end.year == 9999:
        return None
    last = (end - timedelta(seconds=1)).date()
    if start.date() == last:
        return start.date().isoformat()
    if (start.month, start.day, last.month, last.day) == (1, 1, 12, 31) and start.year == last.year:
        return str(start.year)
    if start.day == 1 and end.day == 1 and (start.year, start.month) == (last.year, last.month):
        return f"{start:%Y-%m}"
    return f"{start.date().isoformat()}/{last.isoformat()}"
