"""Tables for notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slidelens.escaping import html_text

Cell = str | float | None


def html_table(rows: Mapping[str, Sequence[Cell]], columns: Sequence[str] = ()) -> str:
    """Return an HTML table with the names of the rows on the left.

    Args:
        rows: Values by row; None is shown as a dash.
        columns: Headings of the values.
    """
    heading = "".join(f"<th>{html_text(name)}</th>" for name in ["", *columns]) if columns else ""
    body = "".join(
        f"<tr><th>{html_text(name)}</th>{_cells(values)}</tr>" for name, values in rows.items()
    )
    return f"<table>{f'<tr>{heading}</tr>' if heading else ''}{body}</table>"


def html_list(items: Mapping[str, Cell]) -> str:
    """Return an HTML table with one value per row."""
    return html_table({name: [value] for name, value in items.items()})


def _cells(values: Sequence[Cell]) -> str:
    return "".join(f"<td>{_text(value)}</td>" for value in values)


def _text(value: Cell) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return html_text(value)
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"
