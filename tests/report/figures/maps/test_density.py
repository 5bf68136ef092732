"""Colour scale and pages of the density figure."""

from __future__ import annotations

import numpy as np

from slidelens.report.figures.maps.density import highest_density, pages
from slidelens.report.results import DensitySurface
from support.report.results import GRID, date_results


def test_one_colour_scale_for_all_densities() -> None:
    date = date_results([], [])
    values = np.array([[np.nan, 3.0]], np.float32)
    date.densities.update(
        manual=DensitySurface(values, GRID), predicted=DensitySurface(values * 2, GRID)
    )
    assert highest_density([date_results([], []), date]) == 6
    assert highest_density([date_results([], [])]) == 1
    date.densities.update(
        manual=DensitySurface(values * np.nan, GRID), predicted=DensitySurface(values * 0, GRID)
    )
    assert highest_density([date]) == 1


def test_pages_hold_eight_dates_at_most() -> None:
    """9 dates: 5 and 4; 17: 6, 6 and 5."""
    date = date_results([], [])
    assert {number: [len(page) for page in pages([date] * number)] for number in (1, 8, 9, 17)} == {
        1: [1],
        8: [8],
        9: [5, 4],
        17: [6, 6, 5],
    }
