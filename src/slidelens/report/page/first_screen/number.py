"""A number of the first screen, and what the modules of the four have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slidelens.report.page.first_screen.charts import Chart, Column

INK = "#1b1f24"
HA = 1e4  # m²
Row = Mapping[str, Any]


@dataclass(frozen=True)
class DateNumber:
    """What a number is at a date.

    Attributes:
        value: as text, `–` where it is missing.
        note: what the value is, or why it is missing.
    """

    value: str
    note: str


@dataclass(frozen=True)
class KeyNumber:
    """A number of the first screen.

    Attributes:
        name: for links.
        title: what it is.
        short: the same in a word or two, after the number.
        dates: the number at each date, in time order.
        chart: its chart.
        key: marks of the chart: kind, colour and text.
        notes: how to read it, in full sentences.
        table: name and title of the table that has it.
    """

    name: str
    title: str
    short: str
    dates: Sequence[DateNumber]
    chart: Chart
    key: Sequence[tuple[str, str, str]]
    notes: Sequence[str]
    table: tuple[str, str]


def gaps(missing: Mapping[str, str], what: str = "") -> list[str]:
    """Return why dates are missing, the dates of one reason together."""
    dates: dict[str, list[str]] = {}
    for date, reason in missing.items():
        dates.setdefault(reason, []).append(date)
    return [f"{what}{', '.join(of)}: {reason}." for reason, of in dates.items()]


def highest(columns: Sequence[Column]) -> float:
    """Return the highest value of all marks, 0 if there is none."""
    return max((mark.high for column in columns for mark in column.marks), default=0.0)


def hectares(area_m2: float) -> str:
    """Return an area as text."""
    return f"{area_m2 / HA:,.1f} ha"
