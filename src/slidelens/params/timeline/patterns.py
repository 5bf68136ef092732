"""Patterns of dates in labels, longest first, and how each is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from slidelens.params.timeline.scenes import (
    FIRST_YEAR,
    LAST_YEAR,
    MONTHS,
    day_of_year,
    existing_day,
)

_S = r"[-_./ ]"
_UNIT = r"(?!(?:mm|cm|m|km|px|ha|ft|dpi|m2|km2)(?![^\W_]))"  # 2015m are metres
_END = rf"(?!\d){_UNIT}"
_MONTH = (
    r"(?P<mon>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![^\W\d_])"
)
_YEAR = r"(?<!\d)(?P<y>\d{4})"
_WORD = r"(?<![^\W\d_])"


class Reading(NamedTuple):
    """A date in a label.

    Attributes:
        first: Its first character in the label.
        text: Its characters.
        start: Start of the period.
        end: End of the period.
        read_as: How it was read if another reader may read it otherwise, else "".
    """

    first: int
    text: str
    start: datetime
    end: datetime
    read_as: str = ""

    @property
    def days(self) -> float:
        """Return the length of the period in days."""
        return (self.end - self.start) / timedelta(days=1)


def _is_year(text: str) -> bool:
    return FIRST_YEAR <= int(text) <= LAST_YEAR


def _months(match: re.Match[str], year: str, month: int, count: int = 1) -> Reading | None:
    """Return the reading of some months; None if the year is none."""
    if not _is_year(year):
        return None
    existing_day(int(year), month, 1)
    past = int(year) * 12 + month - 1 + count
    end = datetime(past // 12, past % 12 + 1, 1)
    return Reading(match.start(), match.group(), datetime(int(year), month, 1), end)


def _day(match: re.Match[str], day: date, read_as: str = "") -> Reading:
    start = datetime.combine(day, time())
    return Reading(match.start(), match.group(), start, start + timedelta(days=1), read_as)


def _year(match: re.Match[str]) -> Reading | None:
    return _months(match, match["y"], 1, 12)


def _year_month(match: re.Match[str]) -> Reading | None:
    return _months(match, match["y"], int(match["m"]))


def _compact_month(match: re.Match[str]) -> Reading | None:
    """Read 201511; 201524 is a number of something else, such as path and row."""
    return _year_month(match) if 1 <= int(match["m"]) <= 12 else None


def _named_month(match: re.Match[str]) -> Reading | None:
    return _months(match, match["y"], _month_number(match))


def _month_number(match: re.Match[str]) -> int:
    return MONTHS.index(match["mon"][:3].lower()) + 1


def _part_of_year(match: re.Match[str]) -> Reading | None:
    """Read a quarter or a half of a year."""
    months = 3 if match["p"].lower() == "q" else 6
    if not 1 <= int(match["n"]) <= 12 // months:
        raise ValueError("there is no such part of a year")
    return _months(match, match["y"], months * (int(match["n"]) - 1) + 1, months)


def _week(match: re.Match[str]) -> Reading | None:
    if not _is_year(match["y"]):
        return None
    monday = date.fromisocalendar(int(match["y"]), int(match["w"]), 1)
    start = datetime.combine(monday, time())
    return Reading(match.start(), match.group(), start, start + timedelta(days=7))


def _named_day(match: re.Match[str]) -> Reading | None:
    if not _is_year(match["y"]):
        return None
    return _day(match, existing_day(int(match["y"]), _month_number(match), int(match["d"])))


def _year_month_day(match: re.Match[str]) -> Reading | None:
    if not _is_year(match["y"]):
        return None
    return _day(match, existing_day(int(match["y"]), int(match["m"]), int(match["d"])))


def _day_of_year(match: re.Match[str]) -> Reading | None:
    if not _is_year(match["y"]):
        return None
    day = day_of_year(int(match["y"]), int(match["j"]))
    return _day(match, day, f"{day}, as year and day of the year")


def _day_month_year(match: re.Match[str]) -> Reading | None:
    return _day_first(match, match["a"], match["b"], match["y"])


def _day_first(match: re.Match[str], first: str, second: str, year: str) -> Reading | None:
    """Read a day before its year; the month may come first."""
    if not _is_year(year):
        return None
    days, reasons = [], []
    for day, month in ((first, second), (second, first)):
        try:
            days.append(existing_day(int(year), int(month), int(day)))
        except ValueError as error:
            reasons.append(error)
    if not days:  # of 31-02 February is the month, whichever way it is read
        raise next((each for each in reasons if "month" not in str(each)), reasons[0])
    if days[0] != days[-1]:
        raise ValueError(f"it may be {days[0]} or {days[1]}; write it as {days[0]}")
    return _day(match, days[0], f"{days[0]}, with the year last")


def _eight_digits(match: re.Match[str]) -> Reading | None:
    text = match["e"]
    if _is_year(text[:4]) and _is_year(text[4:]) and int(text[2:4]) > 12:
        raise ValueError(f"it may be the years {text[:4]} and {text[4:]}, and is no day")
    if not _is_year(text[4:]):
        if not _is_year(text[:4]):
            return None
        return _day(match, existing_day(int(text[:4]), int(text[4:6]), int(text[6:])))
    return _day_first(match, text[:2], text[2:4], text[4:])


def _timestamp(match: re.Match[str]) -> Reading | None:
    if not _is_year(match["y"]):
        return None
    day = existing_day(int(match["y"]), int(match["m"]), int(match["d"]))
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("there is no such time of the day")
    if match["zone"]:  # the day in universal time may be the one before or after
        return _day(match, day)
    start = datetime.combine(day, time(hour, minute, second))
    length = timedelta(seconds=1) if match["second"] else timedelta(minutes=1)
    return Reading(match.start(), match.group(), start, start + length)


_ZONE = r"(?:\.\d+)?(?:Z|(?P<zone>[+-]\d\d:?\d\d))?"
_CLOCK = r"(?P<hour>\d\d){0}(?P<minute>\d\d)(?:{0}(?P<second>\d\d)){1}"
_DAY = r"(?P<m>\d\d)(?P<d>\d\d)"
_SOURCES: tuple[tuple[str, Callable[[re.Match[str]], Reading | None]], ...] = (
    (rf"{_YEAR}-(?P<m>\d\d)-(?P<d>\d\d)T{_CLOCK.format('[:-]?', '?')}{_ZONE}(?!\d)", _timestamp),
    (rf"{_YEAR}-(?P<m>\d\d)-(?P<d>\d\d)[ _]{_CLOCK.format(':', '?')}{_ZONE}(?!\d)", _timestamp),
    (rf"{_YEAR}{_DAY}T{_CLOCK.format(':?', '?')}{_ZONE}(?!\d)", _timestamp),
    (rf"{_YEAR}{_DAY}{_CLOCK.format('', '?')}(?P<zone>(?!))?(?!\d)", _timestamp),
    (rf"{_YEAR}(?P<s>{_S})(?P<m>\d{{1,2}})(?P=s)(?P<d>\d{{1,2}}){_END}", _year_month_day),
    (rf"(?<![^\W_])(?P<a>\d{{1,2}})(?P<s>{_S})(?P<b>\d{{1,2}})(?P=s)(?P<y>\d{{4}})(?!\d)",
     _day_month_year),
    (rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?{_S}?{_MONTH}{_S}?(?P<y>\d{{4}})(?!\d)", _named_day),
    (rf"{_YEAR}{_S}?{_MONTH}{_S}?(?P<d>\d\d){_END}", _named_day),
    (rf"{_WORD}{_MONTH}{_S}?(?P<d>\d{{1,2}}),?{_S}(?P<y>\d{{4}})(?!\d)", _named_day),
    (rf"{_WORD}{_MONTH}{_S}?(?P<y>\d{{4}})(?!\d)", _named_month),
    (rf"{_YEAR}{_S}?{_MONTH}", _named_month),
    (rf"{_YEAR}{_S}?(?P<p>[QH])(?P<n>\d)(?![^\W_])", _part_of_year),
    (rf"(?<![^\W_])(?P<p>[QH])(?P<n>\d){_S}?(?P<y>\d{{4}})(?!\d)", _part_of_year),
    (rf"{_YEAR}-?W(?P<w>\d\d)(?![^\W_])", _week),
    (r"(?<!\d)(?P<e>\d{8})(?!\d)", _eight_digits),
    (rf"{_YEAR}[-_.]?(?P<j>\d{{3}}){_END}", _day_of_year),
    (rf"{_YEAR}(?P<m>\d\d)(?!\d)", _compact_month),
    (rf"{_YEAR}{_S}(?P<m>\d\d){_END}", _year_month),
    (r"(?<![^\W_])(?P<m>\d\d)[-./](?P<y>\d{4})(?!\d)", _year_month),
    (rf"{_YEAR}{_END}", _year),
)  # fmt: skip
PATTERNS = tuple((re.compile(source, re.IGNORECASE), read) for source, read in _SOURCES)
