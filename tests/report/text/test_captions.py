"""Captions of the figures."""

from __future__ import annotations

from pathlib import Path

from slidelens.report.text.captions import captions


def test_figures_that_exist_have_captions_in_the_order_of_the_report(tmp_path: Path) -> None:
    names = [
        "scores",
        "probability",
        "fig6_density",
        "fig6_density_2",
        "fig4_map_2014",
        "fig4_map_2013",
    ]
    for name in (*names, "unknown"):
        (tmp_path / f"{name}.png").touch()
    selected = list(captions(["2013", "2014"], tmp_path))
    assert [caption.name for caption in selected] == [
        "fig4_map_2013",
        "fig4_map_2014",
        "probability",
        "fig6_density",
        "fig6_density_2",
        "scores",
    ]
    assert [caption.title for caption in selected[1:5]] == [
        "Figure 4. 2014",
        "Probability of landslide",
        "Figure 6. Landslide density",
        "Figure 6, page 2",
    ]


def test_a_folder_without_figures_has_no_captions(tmp_path: Path) -> None:
    assert list(captions(["2013"], tmp_path)) == []
