"""HTML of the parts of the report: sections, tables, figures and values for scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from slidelens.report.page.encoding import encode_figure
from slidelens.report.tables.table import Table, heading
from slidelens.report.text.captions import Caption

Sentences = Mapping[str, Sequence[str]]


def render_sections(sentences: Sentences) -> str:
    """Return a heading and paragraphs for each entry. Text is escaped."""
    return "\n".join(
        f"<div><h3>{escape(title)}</h3>{_paragraphs(texts)}</div>"
        for title, texts in sentences.items()
    )


def render_definitions(values: Mapping[str, Any]) -> str:
    """Return a two-column table of names and values. Text is escaped."""
    rows = "".join(
        f"<tr><th>{escape(str(name))}</th><td>{escape(_text(value))}</td></tr>"
        for name, value in values.items()
    )
    return f'<div class="scroll"><table class="facts">{rows}</table></div>'


def render_figure(caption: Caption, folder: Path) -> str:
    """Return a figure with its caption. Its image is read from `folder` and embedded."""
    source = encode_figure(folder / f"{caption.name}.png")
    title, text = escape(caption.title), escape(caption.text)
    return (
        f'<figure id="figure-{escape(caption.name)}">'
        f'<img src="{source}" alt="{title}: {text}" loading="lazy">'
        f"<figcaption><strong>{title}.</strong> {text}</figcaption></figure>"
    )


def render_table(table: Table, simulated: bool) -> str:
    """Return a sortable table with a CSV download, or its note alone if it has no rows.

    Args:
        table: the table; a first column equal to "mean" moves the row to the foot.
        simulated: value of the CSV's column `simulated`.
    """
    title = (
        f'<section class="table" id="{table.name}"><h3>{escape(table.title)}</h3>'
        f"<p>{_with_code(table.note)}</p>"
    )
    if table.frame.empty:
        return f"{title}</section>"
    head = "".join(
        f'<th aria-sort="none"><button type="button">{escape(heading(name))}</button></th>'
        for name in table.frame.columns
    )
    mean = table.frame.iloc[:, 0].astype(str) == "mean"
    rows = f"<tbody>{_rows(table.frame[~mean])}</tbody><tfoot>{_rows(table.frame[mean])}</tfoot>"
    return (
        f'{title}<p><button type="button" class="csv" data-name="{table.name}.csv" '
        f'data-csv="{escape(table.csv(simulated))}">Download CSV</button></p>'
        f'<div class="scroll"><table class="sortable"><thead><tr>{head}</tr></thead>{rows}</table>'
        "</div></section>"
    )


def script_json(values: Any) -> str:
    """Return JSON that is safe inside a script element."""
    return json.dumps(values, separators=(",", ":"), allow_nan=False, ensure_ascii=False).replace(
        "</", "<\\/"
    )


def _paragraphs(texts: Sequence[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _rows(frame: pd.DataFrame) -> str:
    """Return the rows; the one marked in the column `best` has a class."""
    marks = (frame["best"] == "best") if "best" in frame else [False] * len(frame)
    rows = zip(frame.itertuples(index=False), marks, strict=True)
    return "".join(
        f"<tr{' class=best' if best else ''}>{''.join(_cell(value) for value in row)}</tr>"
        for row, best in rows
    )


def _with_code(text: str) -> str:
    """Set text in backquotes as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def _cell(value: Any) -> str:
    """Show a readable value; `data-value` keeps the exact one."""
    if value is None or pd.isna(value):
        return '<td class="number" data-value="">–</td>'
    if isinstance(value, str):
        return f'<td data-value="{escape(value)}">{escape(value)}</td>'
    return f'<td class="number" data-value="{value}">{_readable(float(value))}</td>'


def _readable(value: float) -> str:
    """Format with three decimals below 10, one below 100 and none above.

    Whole numbers have no decimals; values that would round to 0 are in scientific notation.
    """
    if value == int(value):
        return f"{int(value):,}"
    if abs(value) < 0.0005:
        return np.format_float_scientific(value, precision=2, trim="-", exp_digits=1)  # 1e-4
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 3
    return f"{value:,.{decimals}f}"
