"""The side of the blocks follows from the area and its landslides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from slidelens.dataset.prepared import read_prepared
from slidelens.errors import ParamsError
from slidelens.learning.training.fit import training_and_validation_data
from slidelens.params.schema import SplitParams
from slidelens.stages.prepare import prepare
from slidelens.study.splitting.blocks import choose_block_m, split_side_px
from slidelens.types import Int32
from support.studies import Date, grid_of, params_for, write_study


def numbered_squares(shape: tuple[int, int], side: int) -> Int32:
    """Return one square landslide in the middle."""
    numbers = np.zeros(shape, np.int32)
    row, column = shape[0] // 2, shape[1] // 2
    numbers[row : row + side, column : column + side] = 1
    return numbers


@pytest.mark.parametrize(
    ("height", "pixel_m", "side_m"),
    [(1149, 5, 800), (933, 7.4, 1000), (3033, 0.5, 200), (30, 10, 150), (30, 12, 200)],
    ids=["33 km²", "48 km²", "2.3 km²", "16 pixels of 10 m", "16 pixels of 12 m"],
)
def test_the_area_holds_about_48_blocks(height: int, pixel_m: float, side_m: float) -> None:
    assert choose_block_m(np.ones((height, height), bool), [], pixel_m) == side_m


def test_large_landslides_make_blocks_larger_while_20_are_left() -> None:
    inside = np.ones((1000, 1000), bool)
    sides = [
        choose_block_m(inside, [numbered_squares(inside.shape, side)], 10) for side in (0, 36, 400)
    ]
    assert sides == [1500, 2000, 2000]


@pytest.mark.parametrize(
    ("height", "side", "side_m"),
    [
        # 110 and 90 km² of pixels of 10 m: 48 blocks of 1,514 and 1,369 m, 20 of 2,345 and 2,121 m
        (1100, 400, 2500),
        (900, 400, 2000),
        # five times 330 and 360 m; the middle between 1,500 and 2,000 m is 1,732 m
        (1100, 33, 1500),
        (1100, 36, 2000),
    ],
)
def test_blocks_are_five_times_as_long_as_a_landslide_but_not_fewer_than_20(
    height: int, side: int, side_m: float
) -> None:
    inside = np.ones((height, 1000), bool)
    assert choose_block_m(inside, [numbered_squares(inside.shape, side)], 10) == side_m


def test_the_size_of_landslides_is_weighted_by_area_over_all_dates() -> None:
    # At one date 600 × 600 m, at another 36 times 100 × 100 m: half the area each, so that the
    # mean is 350 m. Without weights it would be 114 m, and 600 m at the first date alone.
    inside = np.ones((1100, 1000), bool)
    many = np.zeros(inside.shape, np.int32)
    for number in range(36):
        row, column = 20 * (number // 6), 20 * (number % 6)
        many[row : row + 10, column : column + 10] = number + 1
    dates = [numbered_squares(inside.shape, 60), many]
    assert choose_block_m(inside, dates, 10) == 2000
    assert choose_block_m(inside, dates[:1], 10) == 2500
    assert choose_block_m(inside, dates[1:], 10) == 1500


def test_a_chosen_side_is_the_nearest_number_of_pixels() -> None:
    # 800 × 800 pixels of 7.6 m: 48 blocks of 878 m; 800 m are 105.3 and 1,000 m 131.6 pixels
    grid, inside = grid_of(800, 800, pixel_m=7.6), np.ones((800, 800), bool)
    assert choose_block_m(inside, [], 7.6) == 800
    assert split_side_px(SplitParams(block_m=None), grid, inside, [], None) == 105
    wide = [numbered_squares(inside.shape, 24)]  # of 182 m, five of which are 912 m
    assert split_side_px(SplitParams(block_m=None), grid, inside, wide, None) == 132


@pytest.mark.parametrize(("block_m", "side"), [(40, 4), (34, None)])
def test_blocks_of_hardly_any_pixels_are_refused(block_m: float, side: int | None) -> None:
    grid, inside = grid_of(100, 100), np.ones((100, 100), bool)
    split = SplitParams(block_m=block_m)
    if side:
        assert split_side_px(split, grid, inside, [], None) == side
        return
    with pytest.raises(ParamsError, match=r"have 3 pixels a side; set it to 150, or null"):
        split_side_px(split, grid, inside, [], None)


def test_null_prepares_data_that_know_the_side(tmp_path: Path) -> None:
    write_study(tmp_path / "raw", {"2013": Date()})
    params = params_for(tmp_path / "raw", ["2013"], split__block_m=None)
    prepare(params, tmp_path / "prepared")
    for name in ("2013", "pretrain"):
        prepared = read_prepared(tmp_path / "prepared" / name)
        assert prepared.block_px in (15, 16, 20)
        _, tiles = training_and_validation_data(prepared, params.split)
        assert tiles.side == prepared.block_px
