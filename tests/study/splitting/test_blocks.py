"""The side of the blocks follows from the area and its landslides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from slidelens.dataset.prepared import read_prepared
from slidelens.learning.training.fit import training_and_validation_data
from slidelens.stages.prepare import prepare
from slidelens.study.splitting.blocks import choose_block_m
from slidelens.types import Int32
from support.studies import Date, params_for, write_study


def numbered_squares(shape: tuple[int, int], side: int) -> Int32:
    """Return one square landslide in the middle."""
    numbers = np.zeros(shape, np.int32)
    row, column = shape[0] // 2, shape[1] // 2
    numbers[row : row + side, column : column + side] = 1
    return numbers


@pytest.mark.parametrize(
    ("height", "pixel_m", "side_m"),
    [(1149, 5, 800), (933, 7.4, 1000), (3033, 0.5, 200), (30, 10, 150)],
    ids=["33 km²", "48 km²", "2.3 km²", "no smaller than 16 pixels"],
)
def test_the_area_holds_about_48_blocks(height: int, pixel_m: float, side_m: float) -> None:
    assert choose_block_m(np.ones((height, height), bool), [], pixel_m) == side_m


def test_large_landslides_make_blocks_larger_while_20_are_left() -> None:
    inside = np.ones((1000, 1000), bool)
    sides = [
        choose_block_m(inside, [numbered_squares(inside.shape, side)], 10) for side in (0, 36, 400)
    ]
    assert sides == [1500, 2000, 2000]


def test_null_prepares_data_that_know_the_side(tmp_path: Path) -> None:
    write_study(tmp_path / "raw", {"2013": Date()})
    params = params_for(tmp_path / "raw", ["2013"], split__block_m=None)
    prepare(params, tmp_path / "prepared")
    for name in ("2013", "pretrain"):
        prepared = read_prepared(tmp_path / "prepared" / name)
        assert prepared.block_px in (15, 16, 20)
        _, tiles = training_and_validation_data(prepared, params.split)
        assert tiles.side == prepared.block_px
