"""HTML of the four numbers of the first screen."""

from __future__ import annotations

from collections.abc import Sequence

from slidelens.escaping import html_text
from slidelens.report.page.first_screen.charts import render_chart, render_key
from slidelens.report.page.first_screen.number import KeyNumber


def render_cards(numbers: Sequence[KeyNumber]) -> str:
    """Return a card for each number: the number at the latest date, a chart of all, and notes.

    A strip with the numbers alone is for small screens.
    """
    strip = "".join(_short(number) for number in numbers)
    return "\n".join([f'<p class="strip">{strip}</p>', *(_card(number) for number in numbers)])


def _short(number: KeyNumber) -> str:
    values = "".join(
        f"<strong{_at(i, number)}>{html_text(date.value.partition(' (')[0])}</strong>"
        for i, date in enumerate(number.dates)
    )
    name = html_text(number.name)
    return f'<a href="#number-{name}">{values} <span>{html_text(number.short)}</span></a>'


def _card(number: KeyNumber) -> str:
    last = len(number.dates) - 1
    values = "".join(
        f'<p class="value"{_at(i, number)}><strong>{_with_interval(date.value)}</strong> '
        f"<span>{html_text(date.note)}</span></p>"
        for i, date in enumerate(number.dates)
    )
    key = "".join(
        f"<span>{render_key(kind, colour)} {html_text(text)}</span>"
        for kind, colour, text in number.key
    )
    notes = " ".join(f"<p>{html_text(note)}</p>" for note in number.notes if note)
    table, title = map(html_text, number.table)
    chart = render_chart(number.chart, last)
    return (
        f'<section class="card" id="number-{html_text(number.name)}">'
        f'<h2>{html_text(number.title)}</h2> <a href="#{table}">{title}</a>{values}'
        f'<p class="key">{key}</p>{chart}<div class="notes">{notes}</div></section>'
    )


def _with_interval(value: str) -> str:
    """Set an interval in brackets small."""
    text, bracket, interval = value.partition(" (")
    return html_text(text) + (f" <small>({html_text(interval)}</small>" if bracket else "")


def _at(position: int, number: KeyNumber) -> str:
    """Return the attributes of what is shown at a date; of the latest at first."""
    hidden = "" if position == len(number.dates) - 1 else " hidden"
    return f' data-date="{position}"{hidden}'
