"""Tables for notebooks."""

from __future__ import annotations

from slidelens.api.notebook import html_list, html_table


def test_a_table_has_headings_rows_and_dashes_for_nothing() -> None:
    assert html_table({"a & b": [0.25, None]}, ["x", "y"]) == (
        "<table><tr><th></th><th>x</th><th>y</th></tr>"
        "<tr><th>a &amp; b</th><td>0.25</td><td>–</td></tr></table>"
    )


def test_a_table_without_headings() -> None:
    assert html_table({"n": [3]}) == "<table><tr><th>n</th><td>3</td></tr></table>"


def test_a_list_has_a_value_per_row_as_people_write_it() -> None:
    assert html_list({"a": "x < y", "b": 1_677_320.4, "c": 0.462677}) == (
        "<table><tr><th>a</th><td>x &lt; y</td></tr>"
        "<tr><th>b</th><td>1,677,320</td></tr><tr><th>c</th><td>0.4627</td></tr></table>"
    )
