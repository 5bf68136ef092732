"""Size distributions by date."""

from __future__ import annotations

from pathlib import Path

from slidelens.report.figures.charts.sizes import draw_sizes_by_date
from slidelens.report.figures.style import FigureWriter
from slidelens.report.results import DateResults
from support.report.results import GRID, date_results
from support.studies import box


def draw(folder: Path, *dates: DateResults) -> bytes:
    folder.mkdir()
    draw_sizes_by_date(FigureWriter(folder), dates)
    return (folder / "sizes.png").read_bytes()


def test_only_the_areas_matter(tmp_path: Path) -> None:
    """The same areas elsewhere give the same figure, other areas another one."""
    small, large = box(GRID, 0, 0, 2, 2), box(GRID, 5, 5, 6, 6)
    moved = box(GRID, 20, 20, 2, 2)
    drawn = draw(tmp_path / "here", date_results([small, large], [small]))
    assert draw(tmp_path / "elsewhere", date_results([moved, large], [moved])) == drawn
    assert draw(tmp_path / "larger", date_results([large, large], [small])) != drawn


def test_a_study_without_any_landslide_is_drawn(tmp_path: Path) -> None:
    """The axes are logarithmic, so that they need limits where there is nothing to draw."""
    assert draw(tmp_path / "none", date_results(None, [])).startswith(b"\x89PNG")
