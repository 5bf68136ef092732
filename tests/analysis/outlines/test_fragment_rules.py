"""Bounds of the thresholds, and what a context must hold."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS

from slidelens.analysis.outlines.fragment_rules import FragmentContext, FragmentRules
from slidelens.errors import GridError, ParamsError
from slidelens.geo.grid import Grid
from support.inventories.fragments import GRID


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_gap_m", -1), ("minimum_support", float("nan")), ("max_hole_m2", float("inf"))],
)
def test_values_below_0_or_not_finite_are_refused(name: str, value: float) -> None:
    with pytest.raises(ParamsError, match=f"{name} is .*; give 0 or more"):
        FragmentRules(**{name: value})


def test_a_hole_larger_than_any_landslide_is_refused() -> None:
    with pytest.raises(ParamsError, match=r"max_hole_m2 is 1e\+300; give 0 to 1e\+09 m²"):
        FragmentRules(max_hole_m2=1e300)


def test_an_angle_over_90_degrees_is_refused() -> None:
    with pytest.raises(ParamsError, match="max_angle_deg is 120; give 0 to 90"):
        FragmentRules(max_angle_deg=120)


@pytest.mark.parametrize("name", ["probability", "elevation_m"])
def test_arrays_must_fit_the_grid(name: str) -> None:
    with pytest.raises(GridError, match=f"{name} has 3 rows × 4 columns, its grid 100 rows"):
        FragmentContext(GRID, threshold=0.5, **{name: np.zeros((3, 4))})


def test_a_probability_needs_its_threshold() -> None:
    with pytest.raises(ParamsError, match="needs the threshold"):
        FragmentContext(GRID, np.zeros(GRID.shape))


def test_the_grid_must_be_metric() -> None:
    with pytest.raises(GridError, match="not in metres"):
        FragmentContext(Grid(CRS.from_epsg(4326), Affine(1e-4, 0, 85, 0, -1e-4, 28), 5, 5))


@pytest.mark.parametrize("name", ["max_gap_m", "neck_m"])
def test_lengths_beyond_a_landslide_are_refused(name: str) -> None:
    with pytest.raises(ParamsError, match=rf"{name} is 1e\+300; give at most 1000 m"):
        FragmentRules(**{name: 1e300})


def test_support_that_no_gap_has_is_refused() -> None:
    with pytest.raises(ParamsError, match=r"minimum_support_by_axis is 1e\+300; give 0 to 100"):
        FragmentRules(minimum_support_by_axis=1e300)
