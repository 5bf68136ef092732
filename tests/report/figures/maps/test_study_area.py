"""Figure of the study area."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PIL import Image

from slidelens.dataset.parts import TEST
from slidelens.report.figures.maps.study_area import draw_study_area
from slidelens.report.figures.style import FigureWriter
from support.report.reported import prepare_date
from support.report.results import date_results
from support.studies import Date


def height(path: Path) -> int:
    with Image.open(path) as picture:
        return picture.height


def test_blocks_are_drawn_and_dates_beyond_four_add_a_row(tmp_path: Path) -> None:
    """11 cm for the areas and 3.7 cm for each row of four thumbnails, at 200 dpi."""
    results, pretraining = date_results(None, []), prepare_date(Date(number=4), seed=0)
    split_map = results.split_map.copy()
    split_map[:10, :10] = TEST
    other_blocks = replace(results, split_map=split_map)
    drawn = {}
    for name, dates in {
        "one": [results],
        "other blocks": [other_blocks],
        "five": [results] * 5,
    }.items():
        writer = FigureWriter(tmp_path / name)
        writer.folder.mkdir()
        draw_study_area(writer, dates, {"pretrain": pretraining})
        drawn[name] = writer.folder / "fig1_area.png"
    assert drawn["one"].read_bytes() != drawn["other blocks"].read_bytes()
    assert [height(drawn[name]) for name in ("one", "five")] == [
        int((11 + rows * 3.7) / 2.54 * 200) for rows in (1, 2)
    ]
