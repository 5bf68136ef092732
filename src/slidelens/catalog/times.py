"""When the image of a date was taken, as STAC tells it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from slidelens.errors import ParamsError
from slidelens.layers.image_date import image_date, iso_period
from slidelens.params.timeline.labels import LabelError, read_label

log = logging.getLogger(__name__)

_LONGEST = 100  # characters of a label
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Period:
    """A time as long as what is known of it is precise.

    Attributes:
        start: Its first second, UTC.
        end: Its last second.
        text: How columns of inventories tell it; empty for a period of several dates.
    """

    start: datetime
    end: datetime
    text: str = field(default="", compare=False)

    @property
    def properties(self) -> dict[str, str | None]:
        """The time as properties of a STAC item."""
        start, end = (each.strftime(_FORMAT) for each in (self.start, self.end))
        return {
            "datetime": start if self.start == self.end else None,
            "start_datetime": start,
            "end_datetime": end,
        }


def whole(periods: Iterable[Period]) -> Period:
    """Return the period from the start of the first to the end of the last.

    Args:
        periods: At least one.
    """
    found = list(periods)
    return Period(min(each.start for each in found), max(each.end for each in found))


def period_of(date: str, scene: Path, told: Mapping[str, str]) -> Period:
    """Return when the image of a date was taken.

    Args:
        date: Label of the date.
        scene: Its image, whose tags tell the date where the label does not.
        told: What the user says, by label.

    Raises:
        ParamsError: Nothing tells the date, or what the user says is no date.
    """
    if date in told:
        found = _read(told[date]) if _is_short_line(told[date]) else None
        if found is None:
            raise ParamsError(
                f"when (--when) has {date}={told[date][:_LONGEST]}, which is no date; give it like"
                f" {date}=2018-09-20"
            )
        label = _read(date)
        if label is not None and not (label.start <= found.start and found.end <= label.end):
            log.warning(
                "when (--when) says that the image of %s was taken %s, which lies outside %s; is"
                " one of them mistyped?",
                date,
                told[date],
                date,
            )
        return found
    if found := _read(date):
        return replace(found, text=date)
    tagged = image_date(scene)
    found = None if tagged is None else _read(tagged)
    if found is None:
        raise ParamsError(
            f"nothing tells when the image of {date} was taken, which a catalogue needs; give it"
            f" with when (--when), like {date}=2018-09-20"
        )
    return found


def _is_short_line(text: str) -> bool:
    return len(text) <= _LONGEST and text.isprintable()


def require_known(told: Mapping[str, str], dates: Iterable[str]) -> None:
    """Raise ParamsError if the user tells when another date was.

    Args:
        told: What the user says, by label.
        dates: Labels of the study.
    """
    known = list(dates)
    for date in told:
        if date not in known:
            raise ParamsError(
                f"when (--when) names {date}, which is none of the dates"
                f" {', '.join(known)}; use one"
            )


def _read(text: str) -> Period | None:
    """Return the period that a label tells; None if it tells none, or one open to a side."""
    try:
        label = read_label(text)
    except LabelError:
        return None
    start, end = label.start, label.end
    if start is None or end is None or datetime.min in (start, end) or end == datetime.max:
        return None
    return Period(start, end - timedelta(seconds=1), iso_period(label) or text)
