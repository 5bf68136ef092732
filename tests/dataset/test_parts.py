"""Blocks of the split."""

from __future__ import annotations

import pytest

from slidelens.dataset.parts import block_numbers, block_px, margin_px
from slidelens.errors import ParamsError
from slidelens.params.schema import SplitParams


@pytest.mark.parametrize(
    ("block_m", "pixel_m", "side"), [(500, 10, 50), (512, 10, 51), (518, 10, 52), (3, 10, 1)]
)
def test_a_block_is_a_whole_number_of_pixels(block_m: float, pixel_m: float, side: int) -> None:
    assert block_px(SplitParams(block_m=block_m), pixel_m) == side


def test_the_tiles_of_a_mosaic_are_its_blocks() -> None:
    assert block_px(SplitParams(block_m=500), 10, tile_px=128) == 128


def test_blocks_are_numbered_row_by_row_and_cut_at_the_edge() -> None:
    assert block_numbers((3, 5), 2).tolist() == [
        [0, 0, 1, 1, 2],
        [0, 0, 1, 1, 2],
        [3, 3, 4, 4, 5],
    ]


def test_a_chosen_side_is_used_only_if_none_is_set() -> None:
    assert block_px(SplitParams(block_m=None), 10, chosen_px=80) == 80
    assert block_px(SplitParams(block_m=500), 10, chosen_px=80) == 50
    with pytest.raises(ParamsError, match="run `dvc repro prepare`"):
        block_px(SplitParams(block_m=None), 10)


@pytest.mark.parametrize(
    ("margin_m", "pixel_m", "pixels"),
    [(20, 10, 2), (20, 50, 1), (20, 3, 7), (0.3, 0.1, 3), (2.1, 0.7, 3), (0, 10, 0)],
)
def test_the_margin_is_never_narrower_than_asked(
    margin_m: float, pixel_m: float, pixels: int
) -> None:
    assert margin_px(SplitParams(margin_m=margin_m), pixel_m) == pixels
