"""Estimates of number and area of landslides in blocks made by hand."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, VALIDATION
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.rasterise import rasterise
from slidelens.geo.rasters.scene import Scene
from slidelens.learning.evaluation.estimates import estimate, estimate_totals
from support.studies import UTM, grid_of, landslides

BLOCK = 10
GRID = grid_of(2 * BLOCK, 5 * BLOCK, pixel_m=10.0, west=0, north=200)
# Two rows of five blocks: four of validation, one of train; four of test, one outside.
PARTS = np.repeat(
    np.repeat(np.array([[VALIDATION] * 4 + [TRAIN], [TEST] * 4 + [OUTSIDE]], np.uint8), BLOCK, 0),
    BLOCK,
    1,
)


def squares(numbers: list[list[int]], shift_m: float = 0) -> gpd.GeoDataFrame:
    """Squares of 2 × 2 pixels side by side, `numbers` of them in each block."""
    boxes = [
        shapely.box(x, 170 - 100 * row, x + 20, 190 - 100 * row)
        for row, line in enumerate(numbers)
        for column, number in enumerate(line)
        for x in [100 * column + 30 * place + shift_m for place in range(number)]
    ]
    return gpd.GeoDataFrame(geometry=boxes, crs=GRID.crs)


def prepared(manual: gpd.GeoDataFrame | None) -> Prepared:
    valid = np.ones(GRID.shape, bool)
    scene = Scene(GRID, ("red",), np.ones((*GRID.shape, 1), np.float32), valid)
    labels = (
        np.full(GRID.shape, 255, np.uint8)
        if manual is None
        else np.where(PARTS > 0, rasterise(manual.geometry, GRID), 255)
    )
    return Prepared(
        scene, labels.astype(np.uint8), PARTS, BandStatistics(("red",), (0.0,), (1.0,), 1), manual
    )


MANUAL, PREDICTED = [[1, 1, 1, 0, 3], [1, 0, 1, 2, 2]], [[2, 2, 3, 0, 1], [2, 1, 2, 2, 3]]


def test_numbers_and_areas_of_test_blocks_and_area() -> None:
    manual, predicted = squares(MANUAL), squares(PREDICTED)
    totals = estimate_totals(prepared(manual), predicted, BLOCK)
    # Test blocks: 7 predicted, 4 manual, of 400 m² each; the area: also 7 + 1 and 3 + 3. Nothing
    # outside the area counts.
    assert (totals["test"]["count"]["predicted"], totals["test"]["count"]["manual"]) == (7, 4)
    assert (totals["area"]["count"]["predicted"], totals["area"]["count"]["manual"]) == (15, 10)
    assert (totals["test"]["area_m2"]["predicted"], totals["area"]["area_m2"]["manual"]) == (
        7 * 400,
        10 * 400,
    )


def test_a_landslide_counts_where_it_is_seen() -> None:
    date = prepared(squares(MANUAL))
    valid = date.scene.valid.copy()
    valid[:10, :10] = False
    valid[9, 9] = True
    date = replace(date, scene=replace(date.scene, valid=valid))
    # Both have their interior point on ground that is not seen; one reaches a pixel that is.
    predicted = gpd.GeoDataFrame(
        geometry=[shapely.box(50, 100, 100, 150), shapely.box(0, 150, 50, 190)], crs=GRID.crs
    )
    totals = estimate_totals(date, predicted, BLOCK)
    assert totals["area"]["count"]["predicted"] == 1
    assert totals["area"]["area_m2"]["predicted"] == 100


def test_three_blocks_with_a_prediction_are_too_few() -> None:
    totals = estimate_totals(prepared(squares(MANUAL)), squares(PREDICTED), BLOCK)
    assert totals["test"]["count"]["estimate"] is None
    assert totals["test"]["count"]["manual"] == 4
    assert totals["test"]["why"].startswith("fewer than 4 validation blocks")


def test_the_ratio_in_validation_blocks_corrects_the_test_blocks() -> None:
    predicted = squares([[2, 2, 2, 2, 1], [2, 1, 2, 2, 3]])
    totals = estimate_totals(
        prepared(squares([[1, 1, 1, 1, 3], [1, 0, 1, 2, 2]])), predicted, BLOCK
    )
    test, area = totals["test"], totals["area"]
    # Half of what is predicted is true in every validation block.
    assert test["count"] == {
        "predicted": 7,
        "manual": 4,
        "estimate": 3.5,
        "low": 3.5,
        "high": 3.5,
        "confidence": 0.9,
    }
    assert test["area_m2"]["estimate"] == pytest.approx(3.5 * 400)
    assert test["why"] is None
    # In the whole area the 4 in validation blocks are known; of the 7 + 1 others half are true.
    assert (area["count"]["estimate"], area["count"]["low"]) == (8, 8)
    assert area["area_m2"]["estimate"] == pytest.approx(8 * 400)


def test_mapped_blocks_are_not_estimated_and_do_not_widen_the_interval() -> None:
    predicted, manual = np.array([2.0, 2, 2, 2, 8]), np.array([2.0, 4, 2, 4, np.nan])
    # As in test_ratio_estimator, by hand: 12 ± 2.3534·√(32/3) for the last block; 12 in the others.
    half = 2.3533634 * (32 / 3) ** 0.5
    for blocks, mapped in ((np.array([4]), 0), (np.arange(5), 12), (np.array([1, 4]), 4)):
        interval = estimate(predicted, manual, np.arange(4), blocks, 0.9)
        assert interval is not None
        assert interval.estimate == 12 + mapped
        assert interval.low == pytest.approx(12 - half + mapped)
        assert interval.high == pytest.approx(12 + half + mapped)


def test_without_an_inventory_there_is_no_estimate() -> None:
    predicted = squares(PREDICTED)
    area = estimate_totals(prepared(None), predicted, BLOCK)["area"]
    assert area["count"] == {
        "predicted": 15,
        "manual": None,
        "estimate": None,
        "low": None,
        "high": None,
        "confidence": 0.9,
    }
    assert area["why"] == "the date has no manual inventory"


def test_nothing_is_estimated_from_an_inventory_of_a_part_of_the_area() -> None:
    grid = grid_of(64, 64)
    shapes = landslides(grid, 6, seed=1)
    frame = gpd.GeoDataFrame(geometry=shapes, crs=UTM)
    whole = Prepared(
        scene=Scene(grid, ("red",), np.ones((64, 64, 1), np.float32), np.ones((64, 64), bool)),
        labels=np.zeros((64, 64), np.uint8),
        split_map=np.repeat(np.array([1, 2, 2, 3], np.uint8), 16)[:, None].repeat(64, 1),
        statistics=BandStatistics(("red",), (1.0,), (1.0,), 1),
        inventory=frame,
    )
    part = replace(whole, mapped=np.arange(64)[None].repeat(64, 0) < 32)
    assert estimate_totals(whole, frame, 16)["area"]["count"]["manual"] == 6
    totals = estimate_totals(part, frame, 16)["area"]
    assert (totals["count"]["predicted"], totals["count"]["manual"]) == (6, None)
    assert totals["count"]["estimate"] is None
    assert totals["why"] == "the manual inventory is complete in a part of the area only"
