"""The page as a whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from slidelens.report.page.page import Content, render_page

CONTENT = Content(
    title="Landslides <2013>",
    simulated=False,
    summary={"What was mapped": ["A & B."]},
    map_values={"dates": []},
    tables=[],
    captions=[],
    folder=Path(),
    card={"Model": ["unet"]},
    params={"epochs": 30},
    facts={"Run": {"experiment": "iburi"}},
)


def test_every_part_is_on_the_page_and_escaped() -> None:
    html = render_page(CONTENT)
    for text in (
        "<h1>Landslides &lt;2013&gt;</h1>",
        "<h3>What was mapped</h3><p>A &amp; B.</p>",
        "<h3>Model</h3><p>unet</p>",
        "<th>epochs</th><td>30</td>",
        "<h3>Run</h3>",
        "<th>experiment</th><td>iburi</td>",
        '{"dates":[]}</script>',
    ):
        assert text in html
    assert "<2013>" not in html


def test_only_a_simulated_study_has_a_banner() -> None:
    assert "Simulated demo." not in render_page(CONTENT)
    assert '<p class="banner">Simulated demo.' in render_page(replace(CONTENT, simulated=True))
