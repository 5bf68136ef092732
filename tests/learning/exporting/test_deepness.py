"""Tiles that join without seams in the QGIS plug-in Deepness."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slidelens.errors import ParamsError
from slidelens.learning.exporting.deepness import choose_tile, describe_for_deepness, tile_of


def overlap_px(tile_px: int, percent: int) -> int:
    """The overlap as the plug-in computes it."""
    return int(tile_px * percent / 100 * 2) // 2


@given(around_px=st.integers(0, 300))
def test_the_kept_part_of_a_tile_has_all_around_it_that_the_network_sees(around_px: int) -> None:
    tile = choose_tile(around_px)
    overlap = overlap_px(tile.side_px, tile.overlap_percent)
    assert overlap // 2 >= around_px
    assert tile.is_aligned
    assert (tile.side_px - overlap) % 16 == 0
    assert tile.side_px <= max(1024, 4 * around_px)


def test_the_tiles_of_the_least_work_are_chosen() -> None:
    """By hand: an overlap of 192 pixels is 20 % of 960; 1024 has no whole per cent."""
    tile = choose_tile(92)
    assert (tile.side_px, tile.overlap_percent) == (960, 20)


def test_a_side_without_an_aligned_overlap_is_taken_and_told() -> None:
    """By hand: 16 × 31 pixels would need a multiple of 100 per cent."""
    tile = tile_of(496, 40)
    assert not tile.is_aligned
    assert overlap_px(496, tile.overlap_percent) >= 80


@pytest.mark.parametrize(
    ("side_px", "line"),
    [
        (100, r"^the side of a tile is 100 \(--tile\); give a multiple of 16, or `any`$"),
        (96, r"^a tile of 96 pixels \(--tile\) is too small for a network that sees 92 pixels ar"),
    ],
)
def test_tiles_that_cannot_be_are_refused(side_px: int, line: str) -> None:
    with pytest.raises(ParamsError, match=line):
        tile_of(side_px, 92)


def test_the_plug_in_reads_the_side_by_another_name_than_it_documents() -> None:
    values = describe_for_deepness(3, 10.0, 0.4, tile_of(400, 20))
    assert values["tile_size"] == values["tiles_size"] == 400
    assert values["resolution"] == 1000  # centimetres
    assert "tile_size" not in describe_for_deepness(3, 10.0, 0.4, None)
