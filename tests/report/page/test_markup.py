"""HTML of tables and values for scripts."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
from PIL import Image

from slidelens.report.page.markup import (
    print_style,
    render_definitions,
    render_figures,
    render_sections,
    render_table,
)
from slidelens.report.tables.table import Table
from slidelens.report.text.captions import MAPS, Caption


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


def test_the_first_cell_of_a_row_is_its_heading() -> None:
    frame = pd.DataFrame({"date": ["2013"], "f1": [0.5]})
    html = render_table(Table("t", "Table 1", "", frame), simulated=False)
    assert '<th scope="row" data-value="2013">2013</th><td class="number"' in html
    assert '<th scope="col" aria-sort="none"><button type="button">date' in html
    assert '<th scope="col" aria-sort="none" class="number"><button type="button">F1' in html


def test_a_table_scrolls_in_a_box_that_the_keyboard_reaches() -> None:
    table = Table("t", "Table <1>", "", pd.DataFrame({"date": ["2013"]}))
    html = render_table(table, simulated=False)
    assert '<div class="scroll" tabindex="0" role="region" aria-label="Table &lt;1&gt;">' in html


def test_figures_are_in_groups_that_fold_with_their_size(tmp_path: Path) -> None:
    captions = [Caption("a", "A", "", "First"), Caption("b", "B", "", MAPS)]
    for caption in captions:
        Image.new("RGB", (30, 20)).save(tmp_path / f"{caption.name}.png")
    html = render_figures([*captions, Caption("b", "C", "", MAPS)], tmp_path)
    assert html.count("<details") == 2
    assert '<details class="item"><summary><h3>First</h3><span>1 figure</span>' in html
    assert '<details class="item" open><summary><h3>Maps by date</h3><span>2 figures</span>' in html
    assert html.count('width="30" height="20"') == 3


def test_tables_that_fit_a_page_keep_the_usual_font_on_paper() -> None:
    narrow = Table("a", "", "", pd.DataFrame({"date": ["2013"], "f1": [0.5]}))
    wide = Table("b", "", "", pd.DataFrame({f"unobserved_{i}": [1e9] for i in range(20)}))
    wider = Table("c", "", "", pd.DataFrame({f"unobserved_{i}": [1e9] for i in range(40)}))
    assert print_style([narrow, Table("d", "", "", pd.DataFrame())]) == ""
    rules = print_style([narrow, wide, wider])
    assert re.findall(r"#(\w) \.sortable { font-size: ([\d.]+)pt; }", rules) == [
        ("b", "3.85"),
        ("c", "1.92"),
    ]
