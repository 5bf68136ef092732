"""Blocks that do not fit an area are told, with what to set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from slidelens.learning.audit.study_report import check_study
from slidelens.params.schema import Params
from support.studies import grid_of, params_for, write_image, write_shapes

SIDE_PX, PIXEL_M = 1200, 0.5  # of the drone's area: 0.36 km²


def write_drone_scene(path: Path, west: float, seed: int) -> None:
    """Write a scene of 0.5 m, its area and an inventory of 30 landslides of 8 m."""
    grid = grid_of(SIDE_PX, SIDE_PX, PIXEL_M, west=west)
    rng = np.random.default_rng(seed)
    values = rng.integers(500, 3000, (SIDE_PX, SIDE_PX, 3), dtype=np.uint16)
    write_image(path, grid, values)
    places = [(row, column) for row in range(6) for column in range(5)]
    shapes = [
        shapely.box(
            west + 20 + 110 * x, 3_109_950 - 95 * y, west + 28 + 110 * x, 3_109_958 - 95 * y
        )
        for y, x in places
    ]
    folder = path.parent.parent
    name = "pretrain/inventory.gpkg" if seed else "inventories/flight.gpkg"
    write_shapes(folder / name, shapes)
    area = "pretrain/aoi.gpkg" if seed else "aoi.gpkg"
    write_shapes(folder / area, [shapely.box(*grid.bounds)], layer="aoi")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study of one flight of a drone."""
    folder = tmp_path_factory.mktemp("drone")
    write_drone_scene(folder / "scenes/flight.tif", 320_000, seed=0)
    write_drone_scene(folder / "pretrain/scene.tif", 325_000, seed=1)
    return folder


def params(root: Path, **changes: Any) -> Params:
    return params_for(root, ["flight"], **changes)


def test_blocks_that_fit_give_no_note(root: Path) -> None:
    report = check_study(params(root, split__block_m=90))
    assert report.problems == ()
    assert not [note for note in report.notes if "block" in note]
    flight, pretrain = report.parts
    assert flight.line.startswith("flight: 49 blocks of 90 m (180 pixels): train ")
    assert sum((flight.landslides or {}).values()) == 30
    assert pretrain.blocks.keys() == {"train", "validation"}


def test_a_side_too_large_is_a_problem_with_the_side_to_set(root: Path) -> None:
    (problem,) = check_study(params(root, split__block_m=1000)).problems
    assert "the area holds 1 block, fewer than the 3 parts of the split" in problem
    assert "split.block_m" in problem


def test_few_blocks_are_told_with_the_side_to_set(root: Path) -> None:
    report = check_study(params(root, split__block_m=250))
    (note,) = [note for note in report.notes if note.startswith("flight: blocks of 250 m")]
    assert "large for the area (train " in note
    assert note.endswith("set split.block_m to 80, or to null to have it chosen")


def test_null_chooses_a_side_for_each_area(root: Path) -> None:
    report = check_study(params(root, split__block_m=None))
    assert report.problems == ()
    assert {counts.side_m for counts in report.parts} == {80}
    assert not [note for note in report.notes if "split.block_m to" in note]


@pytest.mark.long
def test_tiny_blocks_are_told(root: Path) -> None:
    report = check_study(params(root, split__block_m=6, split__margin_m=1))
    notes = [note for note in report.notes if "pixels a side; set split.block_m to 80" in note]
    assert len(notes) == 2


def test_blocks_of_a_few_pixels_are_a_problem(root: Path) -> None:
    (problem,) = check_study(params(root, split__block_m=1)).problems
    assert problem == (
        "blocks of split.block_m 1 have 2 pixels a side; set it to 80, or null to have it chosen"
    )
