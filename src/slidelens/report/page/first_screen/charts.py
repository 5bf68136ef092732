"""Small charts by date as inline SVG: bars, intervals and dots on one axis.

A chart is one image with a text alternative; its colours are those of the figures, and every kind
of mark has a shape of its own. The same values give the same text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from slidelens.escaping import html_text

WIDTH, HEIGHT = 310, 136  # in units that are pixels on a large screen
_LEFT, _RIGHT, _TOP, _BOTTOM = 38, 6, 8, 20  # margins
_CHARACTER = 6.8  # width of one in bold
_BAR, _WIDEST_BAR = 0.62, 34  # share of a column, and most units
_ROUND = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_RADIUS = 3.6
_EDGE = "#18212b"  # of bars, as some colours are light on white


@dataclass(frozen=True)
class Mark:
    """A mark of a chart.

    Attributes:
        kind: `bar` and `interval` reach from `low` to `high`; `dot`, `ring` and `dash` lie at
            `high`.
        colour: as `#rrggbb`.
        low: lower end.
        high: upper end, or the value.
    """

    kind: Literal["bar", "interval", "dot", "ring", "dash"]
    colour: str
    low: float
    high: float


@dataclass(frozen=True)
class Column:
    """A date of a chart.

    Attributes:
        label: of the date.
        text: what the marks say, in words.
        marks: from back to front; none where a value is missing.
    """

    label: str
    text: str
    marks: Sequence[Mark]


@dataclass(frozen=True)
class Chart:
    """A chart by date.

    Attributes:
        title: what it shows, for the text alternative.
        columns: in time order, at least one.
        highest: the axis reaches from 0 to a round number from here on.
        band: lower end, middle and upper end of a band across all dates, or None.
    """

    title: str
    columns: Sequence[Column]
    highest: float
    band: tuple[float, float, float] | None = None


def render_chart(chart: Chart, now: int) -> str:
    """Return the chart as SVG, with a group `data-date` for each date.

    Args:
        chart: what to draw.
        now: number of the date that is marked.
    """
    top = round_up(chart.highest)
    texts = "; ".join(f"{column.label}: {column.text}" for column in chart.columns)
    columns = "".join(
        _column(chart, number, top, number == now) for number in range(len(chart.columns))
    )
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{html_text(f"{chart.title}. {texts}.")}">'
        f"{_axis(top)}{_band(chart, top)}{columns}</svg>"
    )


def render_key(kind: str, colour: str) -> str:
    """Return a mark as it stands in a legend."""
    middle = 6.0
    if kind == "interval":
        body = _interval(middle, 1, 11, colour)
    elif kind == "bar":
        body = f'<rect x="1" y="1" width="10" height="10" fill="{colour}" stroke="{_EDGE}"/>'
    else:
        body = _point(kind, middle, middle, colour, 10)
    return f'<svg class="mark" viewBox="0 0 12 12" aria-hidden="true">{body}</svg>'


def round_up(value: float) -> float:
    """Return the first round number from `value` on, 1 for values that are not positive."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in _ROUND if step * power >= value * (1 - 1e-9))


def _axis(top: float) -> str:
    """Return lines and numbers at 0, at the middle and at the top."""
    lines = []
    for value in (0, top / 2, top):
        y = _y(value, top)
        lines.append(
            f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{_LEFT - 5}" y="{y + 3.5:.1f}" text-anchor="end">{value:,.4g}</text>'
        )
    return "".join(lines)


def _band(chart: Chart, top: float) -> str:
    if chart.band is None:
        return ""
    low, middle, high = (_y(value, top) for value in chart.band)
    width = WIDTH - _LEFT - _RIGHT
    return (
        f'<rect class="band" x="{_LEFT}" y="{high:.1f}" width="{width}" '
        f'height="{max(low - high, 1):.1f}"/>'
        f'<line class="mean" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{middle:.1f}" '
        f'y2="{middle:.1f}"/>'
    )


def _column(chart: Chart, number: int, top: float, now: bool) -> str:
    """Return the marks of a date, with its text as a tooltip and its label below."""
    column, width = chart.columns[number], (WIDTH - _LEFT - _RIGHT) / len(chart.columns)
    left = _LEFT + number * width
    middle = left + width / 2
    marks = "".join(
        _mark(mark, middle, min(_BAR * width, _WIDEST_BAR), top) for mark in column.marks
    )
    return (
        f'<g class="{"date now" if now else "date"}" data-date="{number}">'
        f"<title>{html_text(f'{column.label}: {column.text}')}</title>"
        f'<rect class="day" x="{left:.1f}" y="2" width="{width:.1f}" height="{HEIGHT - 2}" rx="3"/>'
        f"{marks or _missing(middle, width)}{_label(chart, number, middle, width)}</g>"
    )


def _label(chart: Chart, number: int, middle: float, width: float) -> str:
    """Return the label of a date; where there is little room, of every n-th from the last on."""
    longest = max(len(column.label) for column in chart.columns) * _CHARACTER
    moved = max(0.0, (longest - width) / 2 - _RIGHT)  # the last one, into the picture
    step = max(1, math.ceil((longest + moved + 4) / width))
    last = len(chart.columns) - 1
    label = chart.columns[number].label
    half = len(label) * _CHARACTER / 2
    x = min(max(middle, half), WIDTH - half)
    hidden = "" if (last - number) % step == 0 else ' class="spare"'
    return (
        f'<text{hidden} x="{x:.1f}" y="{HEIGHT - 6}" text-anchor="middle">{html_text(label)}</text>'
    )


def _missing(middle: float, width: float) -> str:
    """Return what stands for a value that is not there: a dotted line, with n/a if it has room."""
    bottom = HEIGHT - _BOTTOM
    line = f'<line class="gap" x1="{middle:.1f}" x2="{middle:.1f}" y1="{_TOP}" y2="{bottom - 16}"/>'
    if width < 4 * _CHARACTER:
        return line
    text = f'<text x="{middle:.1f}" y="{bottom - 5}" text-anchor="middle">n/a</text>'
    return line + text


def _mark(mark: Mark, middle: float, width: float, top: float) -> str:
    low, high = _y(mark.low, top), _y(mark.high, top)
    if mark.kind == "bar":
        return (
            f'<rect x="{middle - width / 2:.1f}" y="{high:.1f}" width="{width:.1f}" '
            f'height="{low - high:.1f}" fill="{mark.colour}" stroke="{_EDGE}" stroke-width="0.7"/>'
        )
    if mark.kind == "interval":
        return _interval(middle, high, low, mark.colour)
    return _point(mark.kind, middle, high, mark.colour, min(width, 14))


def _interval(x: float, high: float, low: float, colour: str) -> str:
    caps = f"M{x - 3:.1f} {high:.1f}h6M{x:.1f} {high:.1f}V{low:.1f}M{x - 3:.1f} {low:.1f}h6"
    return f'<path d="{caps}" fill="none" stroke="{colour}" stroke-width="1.6"/>'


def _point(kind: str, x: float, y: float, colour: str, width: float) -> str:
    if kind == "dash":
        return (
            f'<path d="M{x - width / 2:.1f} {y:.1f}h{width:.1f}" stroke="{colour}" '
            'stroke-width="2.4"/>'
        )
    fill = colour if kind == "dot" else "#fff"
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_RADIUS}" fill="{fill}" stroke="{colour}" '
        'stroke-width="1.5"/>'
    )


def _y(value: float, top: float) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / top
