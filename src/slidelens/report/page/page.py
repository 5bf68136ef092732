"""The report: one HTML file that needs nothing beside it. Nothing in it tells the time, so that the same results give the same bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import pandas as pd

from slidelens.report.page.encoding import figure
from slidelens.report.tables.table import Table, heading
from slidelens.report.text.captions import Caption

_PARTS = Path(__file__).parent
_SIMULATED = (
    "Simulated demo. Images, landslides and manual inventories of this study are made up by a program; scores say that the pipeline works, "
    "not how well a real valley would be mapped."
)
Sentences = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Content:
    """What the page holds. folder: of the figures; map_values: as `page_map.map_values` makes them; facts: title → name → value."""

    title: str
    simulated: bool
    summary: Sentences
    map_values: Mapping[str, Any]
    tables: Sequence[Table]
    captions: Sequence[Caption]
    folder: Path
    card: Sentences
    params: Mapping[str, Any]
    facts: Mapping[str, Mapping[str, str]]


def page(content: Content) -> str:
    """The whole HTML text."""
    return Template(_part("page.html")).substitute(
        title=escape(content.title),
        style=_part("page.css"),
        banner=f'<p class="banner">{escape(_SIMULATED)}</p>' if content.simulated else "",
        summary=_sections(content.summary),
        tables="\n".join(_table(table, content.simulated) for table in content.tables),
        figures="\n".join(_figure(caption, content.folder) for caption in content.captions),
        card=_sections(content.card),
        params=_definitions(content.params),
        facts="\n".join(
            f"<h3>{escape(title)}</h3>{_definitions(values)}"
            for title, values in content.facts.items()
        ),
        data=_json(content.map_values),
        script=_part("map.js") + _part("reading.js"),
    )


def _part(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")


def _json(values: Any) -> str:
    """JSON that may stand in a script element."""
    return json.dumps(values, separators=(",", ":"), allow_nan=False, ensure_ascii=False).replace(
        "</", "<\\/"
    )


def _sections(sentences: Sentences) -> str:
    return "\n".join(
        f"<div><h3>{escape(title)}</h3>{_paragraphs(texts)}</div>"
        for title, texts in sentences.items()
    )


def _paragraphs(texts: Iterable[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def _definitions(values: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><th>{escape(str(name))}</th><td>{escape(_text(value))}</td></tr>"
        for name, value in values.items()
    )
    return f'<div class="scroll"><table class="facts">{rows}</table></div>'


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _figure(caption: Caption, folder: Path) -> str:
    source = figure(folder / f"{caption.name}.png")
    title, text = escape(caption.title), escape(caption.text)
    return (
        f'<figure id="figure-{escape(caption.name)}"><img src="{source}" alt="{title}: {text}" loading="lazy">'
        f"<figcaption><strong>{title}.</strong> {text}</figcaption></figure>"
    )


def _table(table: Table, simulated: bool) -> str:
    title = f'<section class="table" id="{table.name}"><h3>{escape(table.title)}</h3><p>{_sentence(table.note)}</p>'
    if table.frame.empty:
        return f"{title}</section>"
    head = "".join(
        f'<th aria-sort="none"><button type="button">{escape(heading(name))}</button></th>'
        for name in table.frame.columns
    )
    mean = table.frame.iloc[:, 0].astype(str) == "mean"
    rows = f"<tbody>{_rows(table.frame[~mean])}</tbody><tfoot>{_rows(table.frame[mean])}</tfoot>"
    return (
        f'{title}<p><button type="button" class="csv" data-name="{table.name}.csv" data-csv="{escape(table.csv(simulated))}">Download CSV</button></p>'
        f'<div class="scroll"><table class="sortable"><thead><tr>{head}</tr></thead>{rows}</table></div></section>'
    )


def _rows(frame: pd.DataFrame) -> str:
    """Rows of a table; the one that its column `best` marks has a class."""
    marks = (frame["best"] == "best") if "best" in frame else [False] * len(frame)
    rows = zip(frame.itertuples(index=False), marks, strict=True)
    return "".join(
        f"<tr{' class=best' if best else ''}>{''.join(_cell(value) for value in row)}</tr>"
        for row, best in rows
    )


def _sentence(text: str) -> str:
    """Text with `commands` set as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def _cell(value: Any) -> str:
    """A table's cell: the value itself in `data-value`, a readable one to see."""
    if value is None or pd.isna(value):
        return '<td class="number" data-value="">–</td>'
    if isinstance(value, str):
        return f'<td data-value="{escape(value)}">{escape(value)}</td>'
    return f'<td class="number" data-value="{value}">{_readable(float(value))}</td>'


def _readable(value: float) -> str:
    """Three decimals below ten, one below a hundred, none above; whole numbers without, three digits of what would else be nothing."""
    if value == int(value):
        return f"{int(value):,}"
    if abs(value) < 0.0005:
        return np.format_float_scientific(value, precision=2, trim="-", exp_digits=1)  # 1e-4
    return f"{value:,.{0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 3}f}"
