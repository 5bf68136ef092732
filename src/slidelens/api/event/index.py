"""The list of the reports of several scenes, as an HTML file beside their folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from slidelens.api.event.page import fill_template, render_numbers
from slidelens.api.event.text import format_area
from slidelens.escaping import counted, html_text
from slidelens.redaction import redact

_HEADS = ("landslides", "their area", "mapped (km²)")


@dataclass(frozen=True)
class IndexRow:
    """A scene in the list.

    Attributes:
        folder: Name of its folder, beside the list.
        scene: Where the scene comes from.
        state: done, failed, or waiting.
        landslides: Number of landslides; None unless done.
        area_m2: Their area.
        mapped_km2: Area of the valid pixels.
        message: Why it failed.
        has_report: Whether its folder has a report.
    """

    folder: str
    scene: str
    state: str
    landslides: int | None
    area_m2: float | None
    mapped_km2: float | None
    message: str
    has_report: bool


def render_index(rows: Sequence[IndexRow], weights: str) -> str:
    """Return the HTML of the list.

    Args:
        rows: The scenes.
        weights: Name of the weights file.
    """
    done = [row for row in rows if row.state == "done"]
    numbers = {
        "landslides": f"{sum(row.landslides or 0 for row in done):,}",
        "their area": format_area(sum(row.area_m2 or 0.0 for row in done)),
        "mapped": f"{sum(row.mapped_km2 or 0.0 for row in done):,.4g} km²",
        "scenes mapped": f"{len(done):,} of {len(rows):,}",
    }
    numeric = "".join(f'<th class="number">{html_text(name)}</th>' for name in _HEADS)
    head = f"<th>scene</th><th>state</th>{numeric}"
    return fill_template(
        title=f"Landslides on {counted(len(rows), 'scene')}",
        name="index.html",
        headline=f"Mapped with {_public(weights)}. Ground on two scenes counts twice.",
        numbers=render_numbers(numbers),
        rows=f"<tr>{head}</tr>{''.join(map(_row, rows))}",
    )


def _row(row: IndexRow) -> str:
    name = html_text(row.folder)
    if row.has_report and row.state == "done":
        name = f'<a href="{html_text(quote(row.folder))}/report.html">{name}</a>'
    name += f"<br><small>{_public(row.scene)}</small>"
    if row.state != "done":
        note = f"{row.state}: {row.message}" if row.message else row.state
        return f'<tr><td>{name}</td><td colspan="4" class="note">{_public(note)}</td></tr>'
    numbers = (f"{row.landslides:,}", format_area(row.area_m2 or 0), f"{row.mapped_km2:,.4g}")
    cells = "".join(f'<td class="number">{text}</td>' for text in numbers)
    return f"<tr><td>{name}</td><td>done</td>{cells}</tr>"


def _public(text: str) -> str:
    return html_text(redact(text))
