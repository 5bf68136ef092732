"""The threshold that a map is cut at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.raster import Scene
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.mapping.prediction import threshold_of
from slidelens.params.schema import ModelParams
from support.studies import BANDS, grid_of, params_for

# Of train and validation ground 0.9, 0.6, 0.2 and 0.1: F1 is expected to be highest with two, see test_calibration
PROBABILITY = np.array([[0.9, 0.6, 0.2, 0.1, 0.99, 0.95, 0.7]], np.float32)
PARTS = np.array([[TRAIN, VALIDATION, TRAIN, VALIDATION, TEST, OUTSIDE, TRAIN]], np.uint8)
SEEN = np.array([[True] * 6 + [False]])
STATISTICS = BandStatistics(BANDS, (0,) * 3, (1,) * 3, 1)
CARD = WeightsMetadata(ModelParams(), 8, STATISTICS, 10.0, 0.37, ("pretrain",))


@pytest.fixture
def ground() -> Prepared:
    """A date that nobody has mapped."""
    scene = Scene(grid_of(1, 7), BANDS, np.ones((1, 7, 3), np.float32), SEEN)
    return Prepared(scene, np.full(PARTS.shape, UNKNOWN, np.uint8), PARTS, STATISTICS, None)


@pytest.mark.parametrize(
    ("wanted", "threshold"), [("validation", 0.37), (0.3, 0.3), ("expected", 0.6)]
)
def test_the_threshold_that_is_wanted(
    ground: Prepared, tmp_path: Path, wanted: Any, threshold: float
) -> None:
    params = params_for(tmp_path, ["2013"], evaluate__threshold=wanted)
    assert threshold_of(CARD, params, ground, PROBABILITY) == threshold


def test_test_ground_does_not_move_it(ground: Prepared, tmp_path: Path) -> None:
    params = params_for(tmp_path, ["2013"], evaluate__threshold="expected")
    as_test = replace(ground, split_map=np.where(PARTS == TRAIN, TEST, PARTS).astype(np.uint8))
    for elsewhere, changed in ((ground, PARTS == TEST), (as_test, PARTS == TRAIN)):
        before = threshold_of(CARD, params, elsewhere, PROBABILITY)
        assert (
            threshold_of(CARD, params, elsewhere, np.where(changed, np.float32(0.01), PROBABILITY))
            == before
            == 0.6
        )
