"""The agreement image and the window of Figure 4."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from slidelens.dataset.parts import TEST
from slidelens.report.figures.maps.maps import agreement_image, densest_window
from slidelens.report.figures.style import FALSE_ALARM, HIT, MISS, dim
from support.report.results import GRID, date_results
from support.studies import box


def test_hits_misses_and_false_alarms_have_their_colours() -> None:
    valid = np.ones(GRID.shape, bool)
    valid[15:] = False
    date = date_results([box(GRID, 0, 0, 10, 20)], [box(GRID, 0, 10, 20, 20)], valid)
    picture = agreement_image(date)
    expected = {(5, 5): MISS, (5, 15): HIT, (5, 25): FALSE_ALARM, (12, 15): FALSE_ALARM}
    for at, colour in expected.items():
        assert picture[at] == pytest.approx(np.array(to_rgb(colour)) * 255, abs=1)
    assert (picture[17, 15] == dim(date.image, date.valid)[17, 15]).all()  # not mapped there
    assert (
        agreement_image(date_results(None, [box(GRID, 0, 0, 9, 9)]))
        == dim(date.image, np.ones_like(valid))
    ).all()


def test_the_window_has_the_most_landslide_area() -> None:
    """A third of 40 pixels is 14 wide and 7 high.

    The smaller landslide lies in the upper left, 20 × 2 pixels lie from row 30 on.
    """
    window, on_test = densest_window(
        date_results([box(GRID, 0, 0, 3, 3)], [box(GRID, 30, 15, 2, 20)])
    )
    assert not on_test  # there are no test blocks
    left, bottom, right, top = window
    west, _, _, north = GRID.bounds
    assert ((right - left) / GRID.pixel_m, (top - bottom) / GRID.pixel_m) == (14, 7)
    assert (left - west) / GRID.pixel_m == 15
    assert (north - top) / GRID.pixel_m == 27
    assert densest_window(date_results(None, []))[0][0] == west


def test_the_window_is_the_densest_of_the_test_blocks() -> None:
    """The larger landslide lies in train blocks; the only test block is the upper left quarter.

    Then the test block is the upper right quarter, without any landslide.
    """
    shapes = [box(GRID, 0, 0, 3, 3)], [box(GRID, 30, 15, 2, 20)]
    split_map = np.ones(GRID.shape, np.uint8)
    split_map[:20, :20] = TEST
    (left, _, _, top), on_test = densest_window(replace(date_results(*shapes), split_map=split_map))
    assert (left, top) == (GRID.bounds[0], GRID.bounds[3])
    assert on_test
    assert densest_window(
        replace(date_results(*shapes), split_map=split_map[:, ::-1])
    ) == densest_window(date_results(*shapes))
