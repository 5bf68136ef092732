"""Estimates of number and area on a ground made by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, VALIDATION
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.raster import Scene
from slidelens.geo.rasterise import rasterise
from slidelens.learning.evaluation.estimates import estimate, estimate_totals
from support.studies import grid_of

BLOCK = 10
GRID = grid_of(2 * BLOCK, 5 * BLOCK, pixel_m=10.0, west=0, north=200)
# Two rows of five blocks: four of validation, one of train; four of test, one outside.
PARTS = np.repeat(
    np.repeat(np.array([[VALIDATION] * 4 + [TRAIN], [TEST] * 4 + [OUTSIDE]], np.uint8), BLOCK, 0),
    BLOCK,
    1,
)


def squares(numbers: list[list[int]], shift_m: float = 0) -> gpd.GeoDataFrame:
    """So many squares of 2 × 2 pixels in each block, side by side."""
    boxes = [
        shapely.box(x, 170 - 100 * row, x + 20, 190 - 100 * row)
        for row, line in enumerate(numbers)
        for column, number in enumerate(line)
        for x in [100 * column + 30 * place + shift_m for place in range(number)]
    ]
    return gpd.GeoDataFrame(geometry=boxes, crs=GRID.crs)


def ground(manual: gpd.GeoDataFrame | None) -> Prepared:
    seen = np.ones(GRID.shape, bool)
    scene = Scene(GRID, ("red",), np.ones((*GRID.shape, 1), np.float32), seen)
    labels = (
        np.full(GRID.shape, 255, np.uint8)
        if manual is None
        else np.where(PARTS > 0, rasterise(manual.geometry, GRID), 255)
    )
    return Prepared(
        scene, labels.astype(np.uint8), PARTS, BandStatistics(("red",), (0.0,), (1.0,), 1), manual
    )


MANUAL, PREDICTED = [[1, 1, 1, 0, 3], [1, 0, 1, 2, 2]], [[2, 2, 3, 0, 1], [2, 1, 2, 2, 3]]


def test_numbers_and_areas_of_each_ground() -> None:
    manual, predicted = squares(MANUAL), squares(PREDICTED)
    found = estimate_totals(ground(manual), predicted, BLOCK)
    # Outside the area nothing counts. Test blocks: 7 predicted, 4 manual, of 400 m² each; the area: also 7 + 1 and 3 + 3.
    assert (found["test"]["count"]["predicted"], found["test"]["count"]["manual"]) == (7, 4)
    assert (found["area"]["count"]["predicted"], found["area"]["count"]["manual"]) == (15, 10)
    assert (found["test"]["area_m2"]["predicted"], found["area"]["area_m2"]["manual"]) == (
        7 * 400,
        10 * 400,
    )


def test_three_blocks_with_a_prediction_are_too_few() -> None:
    found = estimate_totals(ground(squares(MANUAL)), squares(PREDICTED), BLOCK)
    assert found["test"]["count"]["estimate"] is None
    assert found["test"]["count"]["manual"] == 4
    assert found["test"]["why"].startswith("fewer than 4 validation blocks")


def test_what_validation_blocks_tell_corrects_the_test_blocks() -> None:
    predicted = squares([[2, 2, 2, 2, 1], [2, 1, 2, 2, 3]])
    told = estimate_totals(ground(squares([[1, 1, 1, 1, 3], [1, 0, 1, 2, 2]])), predicted, BLOCK)
    found, area = told["test"], told["area"]
    # Half of what is predicted is true in every validation block.
    assert found["count"] == {
        "predicted": 7,
        "manual": 4,
        "estimate": 3.5,
        "low": 3.5,
        "high": 3.5,
        "confidence": 0.9,
    }
    assert found["area_m2"]["estimate"] == pytest.approx(3.5 * 400)
    assert found["why"] is None
    # Of the whole area the 4 in validation blocks are known; of the 7 + 1 predicted in others half are true.
    assert (area["count"]["estimate"], area["count"]["low"], area["area_m2"]["estimate"]) == (
        8,
        8,
        pytest.approx(8 * 400),
    )


def test_known_blocks_count_as_they_are_and_widen_nothing() -> None:
    predicted, known = np.array([2.0, 2, 2, 2, 8]), np.array([2.0, 4, 2, 4, np.nan])
    # Those of tests/test_intervals.py, by hand: 12 ± 2.3534·√(32/3) on the last block, and 12 known on the others.
    half = 2.3533634 * (32 / 3) ** 0.5
    for blocks, more in ((np.array([4]), 0), (np.arange(5), 12), (np.array([1, 4]), 4)):
        found = estimate(predicted, known, np.arange(4), blocks, 0.9)
        assert found is not None
        assert (found.low, found.estimate, found.high) == (
            pytest.approx(12 - half + more),
            12 + more,
            pytest.approx(12 + half + more),
        )


def test_without_an_inventory_there_is_no_estimate() -> None:
    predicted = squares(PREDICTED)
    found = estimate_totals(ground(None), predicted, BLOCK)["area"]
    assert found["count"] == {
        "predicted": 15,
        "manual": None,
        "estimate": None,
        "low": None,
        "high": None,
        "confidence": 0.9,
    }
    assert found["why"] == "the date has no manual inventory"
