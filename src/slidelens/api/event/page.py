"""The report of an event as one self-contained HTML file, which needs no network and no script.

The page holds no time of writing, so the same map gives the same bytes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from string import Template

import pandas as pd

from slidelens.api.event.figures import (
    draw_density,
    draw_probability,
    draw_scene,
    draw_sizes,
)
from slidelens.api.event.text import captions, certainty, headline, key_numbers, other_files
from slidelens.api.event.values import EventValues
from slidelens.escaping import html_text
from slidelens.files import write_text
from slidelens.redaction import redact
from slidelens.report.figures.style import FigureWriter
from slidelens.report.page.markup import render_definitions, render_figure
from slidelens.report.page.page import hash_for_policy, read_template
from slidelens.report.tables.table import heading
from slidelens.report.text.captions import Caption

MOST_BYTES = 2_000_000  # of the page
_NONE = "There is no landslide on this map."
_QUALITIES = (75, 50, 15)  # of the pictures, until the page is small enough
_SIMULATED = '<p class="banner">The scene is simulated: this is no map of real ground.</p>'
_FORMATS = {"area_m2": ",.0f", "latitude": ".5f", "longitude": ".5f", "mean_probability": ".2f"}


def write_page(values: EventValues, path: Path) -> None:
    """Write the page.

    Args:
        values: What it shows.
        path: File to write.

    Raises:
        OutputError: The file cannot be written.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        writer = FigureWriter(folder)
        draw_scene(writer, values)
        draw_probability(writer, values)
        draw_density(writer, values)
        if values.number:
            draw_sizes(writer, values)
        for quality in _QUALITIES:
            text = render_page(values, folder, quality)
            if len(text.encode()) < MOST_BYTES:
                break
    write_text(path, text)


def render_page(values: EventValues, folder: Path, quality: int) -> str:
    """Return the HTML of the page.

    Args:
        values: What it shows.
        folder: Folder of the drawn figures.
        quality: Of the embedded pictures, 1 to 100.
    """
    texts = captions(values)

    def figure(name: str, missing: str = "") -> str:
        caption: Caption | None = texts.get(name)
        return f"<p>{_public(missing)}</p>" if caption is None else _figure(caption)

    def _figure(caption: Caption) -> str:
        return render_figure(caption, folder, quality)

    return fill_template(
        title=f"Landslides on {values.scene}",
        headline=_public(headline(values)),
        simulated=_SIMULATED if values.simulated else "",
        numbers=render_numbers(key_numbers(values)),
        scene=figure("scene"),
        probability=figure("probability"),
        density=figure("density", _capital(values.no_density or "")),
        sizes=figure("sizes", _NONE),
        largest=_largest(values),
        certainty="".join(f"<p>{_public(text)}</p>" for text in certainty(values)),
        facts=render_definitions(values.facts),
        files=_public(other_files(values)),
        notes=_notes(values.notes),
    )


def fill_template(title: str, headline: str, name: str = "page.html", **parts: str) -> str:
    """Return a page of a template, with the style of the report of a study.

    Args:
        title: Title of the page, not escaped.
        headline: HTML of the line below it.
        name: File with the template of the main part.
        **parts: HTML by place in it.
    """
    style = read_template("page.css") + _read("page.css")
    return Template(_read("frame.html")).substitute(
        title=_public(title),
        style=style,
        style_hash=hash_for_policy(style),
        headline=headline,
        main=Template(_read(name)).substitute(parts),
    )


def render_numbers(numbers: Mapping[str, str]) -> str:
    """Return large numbers with their names below."""
    return "".join(
        f"<div><dd>{_public(value)}</dd><dt>{_public(name)}</dt></div>"
        for name, value in numbers.items()
    )


def _largest(values: EventValues) -> str:
    frame = values.largest()
    if frame.empty:
        return f"<p>{_NONE}</p>"
    head = "".join(
        f'<th class="number">{html_text(heading(str(name)))}</th>' for name in frame.columns
    )
    rows = "".join(_row(row, frame.columns) for row in frame.itertuples(index=False))
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="The largest landslides">'
        f'<table class="plain"><tr>{head}</tr>{rows}</table></div>'
    )


def _row(row: tuple[float, ...], names: pd.Index) -> str:
    cells = (
        f'<td class="number">{value:{_FORMATS.get(name, "d")}}</td>'
        for name, value in zip(names, row, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _notes(notes: tuple[str, ...]) -> str:
    if not notes:
        return "<p>None.</p>"
    return f"<ul>{''.join(f'<li>{_public(note)}</li>' for note in notes)}</ul>"


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _public(text: str) -> str:
    return html_text(redact(text))


def _read(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
