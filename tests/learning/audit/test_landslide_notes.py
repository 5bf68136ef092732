"""Landslides that cannot be learnt or are drawn twice are told."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from slidelens.learning.audit.study_report import StudyReport, check_study
from support.studies import Date, area_grid, box, landslides, params_for, write_shapes, write_study

GRID = area_grid()
SHAPES = landslides(GRID, 20, seed=0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a study of one date."""
    write_study(tmp_path, {"2013": Date()})
    return tmp_path


def check(root: Path, shapes: list[shapely.Polygon]) -> StudyReport:
    write_shapes(root / "inventories/2013.gpkg", shapes)
    return check_study(params_for(root, ["2013"]))


def notes_of(root: Path, shapes: list[shapely.Polygon]) -> str:
    return "\n".join(note for note in check(root, shapes).notes if note.startswith("2013: "))


def test_sound_landslides_give_no_note(root: Path) -> None:
    assert notes_of(root, SHAPES) == ""


def test_landslides_without_a_pixel_are_counted(root: Path) -> None:
    small = [box(GRID, 2.6, 1.6 + column, 0.2, 0.3) for column in range(3)]
    assert notes_of(root, [*SHAPES, *small]).startswith(
        "2013: 3 of 23 landslides hold no pixel centre of 10 m (the smallest has 6 m²)"
    )
    told = notes_of(root, [*SHAPES, small[0]])
    assert told.startswith("2013: 1 of 21 landslides holds no pixel centre of 10 m")
    assert told.endswith(
        "is neither learnt nor scored; use smaller pixels (study.pixel_m), or take it out"
    )


def test_copies_and_overlaps_are_counted(root: Path) -> None:
    twins = [SHAPES[0], shapely.affinity.translate(SHAPES[1], 10, 0)]
    told = notes_of(root, [*SHAPES, *twins])
    assert "2013: landslides that are drawn twice: 1 (the first at 32" in told
    assert "2013: pairs of landslides that overlap: 1 (the first at 32" in told


def test_landslides_outside_the_area_are_counted(root: Path) -> None:
    (target, _) = check(root, [*SHAPES, box(GRID, 0, -20, 5, 5)]).targets
    assert target.landslides.startswith("20 landslides, ")
    assert target.landslides.endswith(" % of the area, 1 more outside the area")


def test_an_inventory_of_another_area_is_told(root: Path) -> None:
    assert " has no landslide in the area, but 1 landslide elsewhere;" in notes_of(
        root, [box(GRID, 0, -20, 5, 5)]
    )


def test_an_outline_of_the_area_is_told(root: Path) -> None:
    told = notes_of(root, [box(GRID, 1, 1, 90, 90)])
    assert "2013: landslides cover 88 % of the area" in told
