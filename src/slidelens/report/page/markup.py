"""HTML of the parts of the report: sections, tables, figures and values for scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from slidelens.escaping import counted, html_text
from slidelens.redaction import redact
from slidelens.report.page.encoding import FIGURE_QUALITY, encode_figure, figure_size
from slidelens.report.tables.table import Table, heading
from slidelens.report.text.captions import MAPS, Caption

_ENCODERS = 2  # threads: Pillow lets others run while it encodes
_LONG = 24  # characters of a cell from which on it may have several lines
_ROW_HEAD = 'th scope="row"'
# Of tables on paper, as in study.css: A4 across without its margins, and the usual font.
_PRINT_WIDTH_PT, _PRINT_PT = 762.0, 7.5
_LONG_EM, _PADDING_EM = 14.0, 0.8
_BOLD_EM = 0.7  # the widest digit of a wide font (DejaVu Sans), in bold
Sentences = Mapping[str, Sequence[str]]


def render_sections(sentences: Sentences) -> str:
    """Return headings and paragraphs, escaped and without passwords or keys."""
    return "\n".join(
        f"<div><h3>{html_text(title)}</h3>{_paragraphs(texts)}</div>"
        for title, texts in sentences.items()
    )


def render_definitions(values: Mapping[str, Any]) -> str:
    """Return a two-column table of names and values, escaped and without passwords or keys."""
    if not values:
        return "<p>None.</p>"
    rows = "".join(
        f'<tr><th scope="row">{_public(str(name))}</th><td>{_public(_text(value))}</td></tr>'
        for name, value in values.items()
    )
    return f'<table class="facts">{rows}</table>'


def render_figure(caption: Caption, folder: Path, quality: int = FIGURE_QUALITY) -> str:
    """Return a figure with its caption. Its image is read from `folder` and embedded.

    Args:
        caption: Title and caption.
        folder: Folder of the figures.
        quality: Of the embedded image, 1 to 100.
    """
    path = folder / f"{caption.name}.png"
    width, height = figure_size(path)
    title, text = html_text(caption.title), html_text(caption.text)
    return (
        f'<figure id="figure-{html_text(caption.name)}">'
        f'<img src="{encode_figure(path, quality)}" width="{width}" height="{height}" '
        f'alt="{title}">'
        f"<figcaption><strong>{title}.</strong> {text}</figcaption></figure>"
    )


def render_figures(captions: Sequence[Caption], folder: Path) -> str:
    """Return the figures in groups that fold, in their order; the group of the maps is open."""
    groups: dict[str, list[str]] = {}
    with ThreadPoolExecutor(_ENCODERS) as pool:
        figures = pool.map(lambda caption: render_figure(caption, folder), captions)
        for caption, figure in zip(captions, figures, strict=True):
            groups.setdefault(caption.group, []).append(figure)
    return "\n".join(_group(name, members) for name, members in groups.items())


def _group(name: str, figures: Sequence[str]) -> str:
    start = '<details class="item" open>' if name == MAPS else '<details class="item">'
    head = f"<h3>{html_text(name)}</h3><span>{counted(len(figures), 'figure')}</span>"
    return (
        f'{start}<summary>{head}</summary><div class="gallery">{"".join(figures)}</div></details>'
    )


def render_table(table: Table, simulated: bool, is_open: bool = False) -> str:
    """Return a sortable table with a CSV download, or its note alone if it has no rows.

    Args:
        table: the table; a first column equal to "mean" moves the row to the foot.
        simulated: value of the CSV's column `simulated`.
        is_open: whether it is unfolded.
    """
    title, rows = html_text(table.title), len(table.frame)
    size = counted(rows, "row") if rows else "no rows"
    head = (
        f'<details class="item table" id="{table.name}"{" open" if is_open else ""}><summary>'
        f"<h3>{title}</h3><span>{size}</span></summary><p>{_with_code(table.note)}</p>"
    )
    if table.frame.empty:
        return f"{head}</details>"
    return (
        f'{head}<p><button type="button" class="csv" data-name="{table.name}.csv" '
        f'data-csv="{html_text(table.csv(simulated))}">Download CSV</button></p>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{title}">'
        f'<table class="sortable">{_head(table.frame)}{_body(table.frame)}</table>'
        "</div></details>"
    )


def print_style(tables: Sequence[Table]) -> str:
    """Return the CSS that lets wide tables fit the width of a page across.

    A browser that meets something wider than its page shrinks all pages, so this is on the safe
    side: the characters are those of a wide font.

    Args:
        tables: The tables.
    """
    sizes = {table.name: _print_pt(table.frame) for table in tables if not table.frame.empty}
    rules = "".join(
        f"  #{name} .sortable {{ font-size: {size_pt:.2f}pt; }}\n"
        for name, size_pt in sizes.items()
        if size_pt < _PRINT_PT
    )
    return f"@media print {{\n{rules}}}\n" if rules else ""


def _print_pt(frame: pd.DataFrame) -> float:
    return _PRINT_WIDTH_PT / sum(_column_em(str(name), frame[name]) for name in frame.columns)


def _column_em(name: str, column: pd.Series) -> float:
    """Return the least width of a column: that of its widest cell, or word of its heading."""
    texts = [_shown(value) for value in column]
    cell_em = max((len(text) * _BOLD_EM for text in texts if len(text) <= _LONG), default=0.0)
    if any(len(text) > _LONG for text in texts):
        cell_em = max(cell_em, _LONG_EM)
    return max(cell_em, max(map(len, heading(name).split())) * _BOLD_EM) + _PADDING_EM


def _head(frame: pd.DataFrame) -> str:
    cells = "".join(
        f'<th scope="col" aria-sort="none"{_alignment(frame[name])}><button type="button">'
        f"{html_text(heading(name))}</button></th>"
        for name in frame.columns
    )
    return f"<thead><tr>{cells}</tr></thead>"


def _alignment(column: pd.Series) -> str:
    """Return the class of a column of numbers."""
    is_text = column.map(lambda value: isinstance(value, str)).any()
    return "" if is_text else ' class="number"'


def _body(frame: pd.DataFrame) -> str:
    mean = frame.iloc[:, 0].astype(str) == "mean"
    foot = f"<tfoot>{_rows(frame[mean])}</tfoot>" if mean.any() else ""
    return f"<tbody>{_rows(frame[~mean])}</tbody>{foot}"


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
        f"<tr{' class=best' if best else ''}>{_cell(row[0], _ROW_HEAD)}"
        f"{''.join(_cell(value) for value in row[1:])}</tr>"
        for row, best in rows
    )


def _with_code(text: str) -> str:
    """Set text in backquotes as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", html_text(text))


def _cell(value: Any, tag: str = "td") -> str:
    """Show a readable value; `data-value` keeps the exact one."""
    name = tag.partition(" ")[0]
    if isinstance(value, str):
        kind = ' class="long"' if len(value) > _LONG else ""
        return f'<{tag}{kind} data-value="{html_text(value)}">{html_text(value)}</{name}>'
    exact = "" if _is_missing(value) else value
    return f'<{tag} class="number" data-value="{exact}">{_shown(value)}</{name}>'


def _is_missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def _shown(value: Any) -> str:
    """Return what a cell shows."""
    if isinstance(value, str):
        return value
    return "–" if _is_missing(value) else _readable(float(value))


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
