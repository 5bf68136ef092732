"""Landslides from a probability map: fragments merged, outlines smoothed, the area alone."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from slidelens.dataset.parts import OUTSIDE, TEST, UNKNOWN
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.rasters.scene import Scene
from slidelens.learning.mapping.landslides import extract_landslides, fragment_joiner
from slidelens.params.schema import EvaluateParams, FragmentsParams
from slidelens.types import Float32
from support.studies import box, grid_of

GRID = grid_of(24, 24)
FALLS_SOUTH = np.float32(500) - 10 * np.indices(GRID.shape)[0].astype(np.float32)  # metres
FALLS_EAST = np.float32(500) - 10 * np.indices(GRID.shape)[1].astype(np.float32)
STATISTICS = BandStatistics(("red",), (0.0,), (1.0,), 1)


@pytest.fixture
def probability() -> Float32:
    """Two bars one above the other, with nearly the threshold between them, and a square apart."""
    values = np.zeros(GRID.shape, np.float32)
    values[2:9, 4:6] = values[10:17, 4:6] = 0.9
    values[9, 4:6] = 0.45
    values[3:6, 17:20] = 0.8
    return values


def prepared(outside_from: int = 24) -> Prepared:
    """An area of all columns, or of those before `outside_from`."""
    parts = np.where(np.arange(24)[None] < outside_from, TEST, OUTSIDE).astype(np.uint8)
    parts = np.broadcast_to(parts, GRID.shape)
    scene = Scene(GRID, ("red",), np.ones((*GRID.shape, 1), np.float32), np.ones(GRID.shape, bool))
    return Prepared(scene, np.full(GRID.shape, UNKNOWN, np.uint8), parts, STATISTICS, None)


def evaluate(max_gap_m: float, smoothing_m: float = 0, min_area_m2: float = 0) -> EvaluateParams:
    return EvaluateParams(
        min_area_m2=min_area_m2,
        fragments=FragmentsParams(max_gap_m=max_gap_m),
        smoothing_m=smoothing_m,
    )


def areas(
    probability: Float32,
    params: EvaluateParams,
    elevation_m: Float32 = FALLS_SOUTH,
    outside_from: int = 24,
) -> list[float]:
    """The areas of the landslides, m², largest first."""
    vectorised = extract_landslides(prepared(outside_from), probability, 0.5, elevation_m, params)
    return list(vectorised.landslides["area_m2"])


def test_fragments_are_merged_by_the_rules_of_params(probability: Float32) -> None:
    """Bars of 14 pixels of 100 m² each; the square has 9."""
    assert areas(probability, evaluate(25)) == [2800, 900]
    assert areas(probability, evaluate(0)) == [1400, 1400, 900]


def test_the_number_of_fragments_is_in_the_table(probability: Float32) -> None:
    vectorised = extract_landslides(prepared(), probability, 0.5, FALLS_SOUTH, evaluate(25))
    assert vectorised.landslides["pieces"].tolist() == [2, 1]


def test_small_outlines_and_those_outside_the_area_are_dropped(probability: Float32) -> None:
    assert areas(probability, evaluate(0, min_area_m2=1000)) == [1400, 1400]
    assert areas(probability, evaluate(25), outside_from=15) == [2800]


def test_the_elevation_decides_which_fragments_belong_together(probability: Float32) -> None:
    """If the ground falls to the east, the bars lie beside each other."""
    assert len(areas(probability, evaluate(25), FALLS_SOUTH)) == 2
    assert len(areas(probability, evaluate(25), FALLS_EAST)) == 3


def test_outlines_are_smoothed_and_keep_their_area(probability: Float32) -> None:
    square = np.array([box(GRID, 3, 17, 3, 3)], dtype=object)
    shapes = [
        fragment_joiner(evaluate(25, smoothing_m), GRID, probability, 0.5, None)(square).shapes[0]
        for smoothing_m in (0, 10)
    ]
    assert shapes[0].equals(square[0])
    assert not shapes[1].equals(square[0])
    assert shapely.area(shapes[1]) == pytest.approx(900, rel=0.02)
