"""The order of dates in time, as their labels tell it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cmp_to_key
from itertools import combinations

from slidelens.params.timeline.labels import DateLabel, LabelError, read_label


class OrderError(ValueError):
    """Labels do not tell their order: the message, without remedy, says why."""


class UndatedError(OrderError):
    """A label holds no date."""


def in_time_order(labels: Sequence[str]) -> list[str]:
    """Return distinct labels in the order of their dates.

    Two dates are in order if their periods do not overlap, or if one is before and one after an
    event (`pre`, `post`). Of labels without any date, only these words tell the order.

    Raises:
        OrderError: A label is unclear, or two dates overlap.
        UndatedError: A label holds no date.
    """
    if len(labels) < 2:
        return list(labels)
    try:
        dates = [read_label(label) for label in sorted(labels)]
    except LabelError as error:
        raise OrderError(str(error)) from error
    if bare := undated(labels):
        verb = "tells no date" if len(bare) == 1 else "tell no dates"
        raise UndatedError(f"{', '.join(bare)} {verb}")
    ordered = sorted(dates, key=cmp_to_key(_compare))
    for earlier, later in combinations(ordered, 2):
        if _compare(earlier, later) >= 0:
            raise OrderError(_overlap(earlier, later))
    return [date.label for date in ordered]


def undated(labels: Sequence[str]) -> list[str]:
    """Return the labels that hold no date; none if all say before or after an event."""
    dates = [_read(label) for label in labels]
    bare = [date for date in dates if date is not None and date.start is None]
    if len(bare) == len(dates) and all(date.phase is not None for date in bare):
        return []
    return [date.label for date in bare]


def decimal_year(label: str) -> float | None:
    """Return the year of a label, with month and day as a fraction; None without a date.

    `2015` is 2015.0, as only the time between labels of the same form matters; `2015-07` is 2015.5.
    """
    date = _read(label)
    if date is None or date.start is None or date.start.year == 1:
        return None
    start = date.start
    return start.year + (start.month - 1) / 12 + (start.day - 1) / 365


def decimal_years(labels: Sequence[str]) -> dict[str, float | None]:
    """Return the year of each label for the time between them.

    Of dates of different precision the middle counts: from 2015 to 2016-07 it is 1.04 years.
    """
    years = {label: decimal_year(label) for label in labels}
    dates = [date for label in labels if (date := _read(label)) and years[label] is not None]
    if len({_precision(date) for date in dates}) > 1:
        for date in dates:
            years[date.label] = (years[date.label] or 0.0) + _precision(date) / 2
    return years


def readings(labels: Sequence[str]) -> list[str]:
    """Return a text for each label that others may read otherwise: how it is read here."""
    dates = [date for label in labels if (date := _read(label)) and date.read_as]
    return [f"{date.label} is {date.read_as}" for date in dates]


def _read(label: str) -> DateLabel | None:
    try:
        return read_label(label)
    except LabelError:
        return None


def _precision(date: DateLabel) -> float:
    """Return the length of a period in years: 1, a part of it in twelfths, or 0 for days."""
    return 0.0 if date.days <= 1 else round(date.days / 30.44) / 12 if date.days > 20 else 7 / 365


def _compare(one: DateLabel, other: DateLabel) -> int:
    """Return −1 if a date is before another, 1 if it is after it, 0 if that is not clear."""
    if one.start and one.end and other.start and other.end:
        if one.end <= other.start:
            return -1
        if other.end <= one.start:
            return 1
    same = (one.start, one.end) == (other.start, other.end)
    if same or None not in (one.phase, other.phase):
        mine, theirs = one.phase or 0, other.phase or 0
        return (mine > theirs) - (mine < theirs)
    return 0


def _overlap(one: DateLabel, other: DateLabel) -> str:
    if (one.start, one.end) == (other.start, other.end):
        return f"{one.label} and {other.label} are of the same time"
    return f"the times of {one.label} and {other.label} overlap, so that either may be the earlier"
