"""The page as a whole."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from slidelens.report.page.page import Content, render_page
from support.report.page import report_content


@pytest.fixture
def content(tmp_path: Path) -> Content:
    return report_content(tmp_path)


def test_every_part_is_on_the_page_and_escaped(content: Content) -> None:
    html = render_page(content)
    for text in (
        "<h1>Landslides &lt;2013&gt;</h1>",
        '<p class="finding">Landslides cover 1 ha &amp; more.</p>',
        '<section class="card" id="number-agreement">',
        "<h3>What was mapped</h3><p>A &amp; B.</p>",
        "<h3>Model</h3><p>unet</p>",
        "epochs</th><td>30</td>",
        "<h3>Run</h3>",
        "experiment</th><td>iburi</td>",
        '"label":"2013"',
    ):
        assert text in html
    assert "<2013>" not in html


def test_figures_come_before_tables(content: Content) -> None:
    html = render_page(content)
    parts = re.findall(r'<details class="part" id="(\w+)"( open)?', html)
    assert [name for name, _ in parts] == ["summary", "card", "figures", "tables", "provenance"]
    assert html.index("<figure") < html.index('id="table3"')
    assert html.count('<details class="item table"') == len(content.tables)
    assert html.count('<details class="item table" id="table3" open') == 1


def test_only_a_simulated_study_has_a_banner(content: Content) -> None:
    html, simulated = render_page(content), render_page(replace(content, simulated=True))
    assert "Simulated demo." not in html
    assert '<body class="study">' in html
    assert '<p class="banner">Simulated demo.' in simulated
    assert '<body class="study simulated">' in simulated
