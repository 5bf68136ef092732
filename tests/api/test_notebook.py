"""Tables for notebooks."""

from __future__ import annotations

from slidelens.api.notebook import html_table


def test_a_table_has_headings_rows_and_dashes_for_nothing() -> None:
    assert html_table({"a & b": [0.25, None]}, ["x", "y"]) == (
        "<table><tr><th></th><th>x</th><th>y</th></tr>"
        "<tr><th>a &amp; b</th><td>0.25</td><td>–</td></tr></table>"
    )


def test_a_table_without_headings() -> None:
    assert html_table({"n": [3]}) == "<table><tr><th>n</th><td>3</td></tr></table>"
