"""HTML of tables and values for scripts."""

from __future__ import annotations

import pandas as pd

from slidelens.report.page.markup import render_definitions, render_sections, render_table
from slidelens.report.tables.table import Table


def test_the_best_row_is_marked_and_the_mean_is_at_the_foot() -> None:
    table = Table(
        "t", "", "", pd.DataFrame({"date": ["a", "mean"], "best": ["best", ""], "f1": [0.5, 0.25]})
    )
    html = render_table(table, False)
    assert html.count("class=best") == 1
    assert html.index("class=best") < html.index("<tfoot>") < html.index(">mean<")


def test_text_is_escaped() -> None:
    html = render_table(
        Table("t", "A < B", "", pd.DataFrame({"date": ['"><script>']})), simulated=False
    )
    assert "<script>" not in html
    assert "A &lt; B" in html


def test_cells_keep_the_exact_number_and_show_a_readable_one() -> None:
    html = render_table(
        Table(
            "t",
            "",
            "",
            pd.DataFrame(
                {"a": [0.123456], "b": [12345.6], "c": [7], "d": [None], "e": [1e-5], "f": [42.03]}
            ),
        ),
        simulated=False,
    )
    for cell in (
        'data-value="0.123456">0.123<',
        'data-value="12345.6">12,346<',
        'data-value="7">7<',
        'data-value="">–<',
        ">1e-5<",
        ">42.0<",
    ):
        assert cell in html


def test_a_table_without_rows_is_its_note_alone() -> None:
    html = render_table(Table("t", "Table 9", "Run `make <it>`.", pd.DataFrame()), simulated=False)
    assert "Run <code>make &lt;it&gt;</code>." in html
    assert "<table" not in html
    assert "<button" not in html


def test_secrets_are_left_out() -> None:
    address = "s3://key:geheim@bucket/a.tif?X-Amz-Signature=geheim"
    html = render_definitions({"study.root": address}) + render_sections({"Data": [address]})
    assert "geheim" not in html
    assert html.count("bucket/a.tif") == 2
