"""HTML of the parts of the report: sections, tables, figures and values for scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from slidelens.escaping import html_text
from slidelens.redaction import redact
from slidelens.report.page.encoding import FIGURE_QUALITY, encode_figure
from slidelens.report.tables.table import Table, heading
from slidelens.report.text.captions import Caption

Sentences = Mapping[str, Sequence[str]]


def render_sections(sentences: Sentences) -> str:
    """Return headings and paragraphs, escaped and without passwords or keys."""
    return "\n".join(
        f"<div><h3>{html_text(title)}</h3>{_paragraphs(texts)}</div>"
        for title, texts in sentences.items()
    )


def render_definitions(values: Mapping[str, Any]) -> str:
    """Return a two-column table of names and values, escaped and without passwords or keys."""
    rows = "".join(
        f"<tr><th>{_public(str(name))}</th><td>{_public(_text(value))}</td></tr>"
        for name, value in values.items()
    )
    return f'<div class="scroll"><table class="facts">{rows}</table></div>'


def render_figure(caption: Caption, folder: Path, quality: int = FIGURE_QUALITY) -> str:
    """Return a figure with its caption. Its image is read from `folder` and embedded.

    Args:
        caption: Title and caption.
        folder: Folder of the figures.
        quality: Of the embedded image, 1 to 100.
    """
    source = encode_figure(folder / f"{caption.name}.png", quality)
    title, text = html_text(caption.title), html_text(caption.text)
    return (
        f'<figure id="figure-{html_text(caption.name)}">'
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
        f'<section class="table" id="{table.name}"><h3>{html_text(table.title)}</h3>'
        f"<p>{_with_code(table.note)}</p>"
    )
    if table.frame.empty:
        return f"{title}</section>"
    head = "".join(
        f'<th aria-sort="none"><button type="button">{html_text(heading(name))}</button></th>'
        for name in table.frame.columns
    )
    mean = table.frame.iloc[:, 0].astype(str) == "mean"
    rows = f"<tbody>{_rows(table.frame[~mean])}</tbody><tfoot>{_rows(table.frame[mean])}</tfoot>"
    return (
        f'{title}<p><button type="button" class="csv" data-name="{table.name}.csv" '
        f'data-csv="{html_text(table.csv(simulated))}">Download CSV</button></p>'
        f'<div class="scroll"><table class="sortable"><thead><tr>{head}</tr></thead>{rows}</table>'
        "</div></section>"
    )


def _paragraphs(texts: Sequence[str]) -> str:
    return "".join(f"<p>{_public(text)}</p>" for text in texts)


def _public(text: str) -> str:
    return html_text(redact(text))


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
    return re.sub("`([^`]+)`", r"<code>\1</code>", html_text(text))


def _cell(value: Any) -> str:
    """Show a readable value; `data-value` keeps the exact one."""
    if value is None or pd.isna(value):
        return '<td class="number" data-value="">–</td>'
    if isinstance(value, str):
        return f'<td data-value="{html_text(value)}">{html_text(value)}</td>'
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
