"""Tables for notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape


def html_table(rows: Mapping[str, Sequence[float | None]], columns: Sequence[str] = ()) -> str:
    """Return an HTML table with the names of the rows on the left.

    Args:
        rows: Numbers by row; None is shown as a dash.
        columns: Headings of the numbers.
    """
    heading = "".join(f"<th>{escape(name)}</th>" for name in ["", *columns]) if columns else ""
    body = "".join(
        f"<tr><th>{escape(name)}</th>{''.join(f'<td>{_text(value)}</td>' for value in values)}</tr>"
        for name, values in rows.items()
    )
    return f"<table>{f'<tr>{heading}</tr>' if heading else ''}{body}</table>"


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
