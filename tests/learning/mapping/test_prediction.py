"""Maps of a network or an ensemble, and the threshold that they are cut at."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, UNKNOWN, VALIDATION
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.rasters.scene import Scene
from slidelens.learning.inference.calibration import Calibration
from slidelens.learning.inference.loading import load_network
from slidelens.learning.inference.weights import save_weights
from slidelens.learning.mapping.prediction import (
    Prediction,
    loss_on,
    mask_train_and_validation,
    predict_pixels,
    threshold_of,
)
from slidelens.learning.networks.ensemble import build_members, members_of
from slidelens.learning.runtime import compile_predictor
from slidelens.params.schema import ModelParams
from support.learning.trainings import (
    pretrained_metadata,
    two_layer_architecture,
    two_layer_network,
)
from support.studies import BANDS, grid_of, params_for

# In train and validation blocks 0.9, 0.6, 0.2 and 0.1: the expected F1 is highest with the first
# two, see test_thresholds.
PROBABILITY = np.array([[0.9, 0.6, 0.2, 0.1, 0.99, 0.95, 0.7]], np.float32)
PARTS = np.array([[TRAIN, VALIDATION, TRAIN, VALIDATION, TEST, OUTSIDE, TRAIN]], np.uint8)
VALID = np.array([[True] * 6 + [False]])
STATISTICS = BandStatistics(BANDS, (0,) * 3, (1,) * 3, 1)
METADATA = pretrained_metadata(STATISTICS, threshold=0.37)
LINE = Calibration((-9.0, 9.0), (-17.5, 18.5))  # logit p = 2 · logit output + 0.5
TOLERANCE = 5e-3  # of bfloat16, in which maps are computed where the processor has it
# sides that the 4 poolings divide, turned or not
PIXELS = np.random.default_rng(1).normal(size=(32, 48, 3)).astype(np.float32)


@pytest.fixture
def unmapped() -> Prepared:
    """A date that nobody has mapped."""
    scene = Scene(grid_of(1, 7), BANDS, np.ones((1, 7, 3), np.float32), VALID)
    return Prepared(scene, np.full(PARTS.shape, UNKNOWN, np.uint8), PARTS, STATISTICS, None)


@pytest.mark.parametrize("symmetries", [1, 4])
def test_a_map_is_the_mean_of_its_members_maps_and_has_their_deviation(
    tmp_path: Path, symmetries: int
) -> None:
    """By hand from each member's own map of each turn of the scene, which one window holds."""
    path = tmp_path / "a.weights.h5"
    with two_layer_architecture():
        singles = [two_layer_network(seed=seed) for seed in (1, 2)]
        pair = build_members(ModelParams(), 2, 3, 2, seed=5)
        for member, single in zip(members_of(pair), singles, strict=True):
            member.set_weights(single.get_weights())
        metadata = replace(METADATA, symmetries=symmetries, members=2, calibration=LINE)
        save_weights(pair, metadata, path)
        network = load_network(path)[1]
        prediction = predict_pixels(PIXELS, metadata, network)
        maps = []
        for single_network, quarter in itertools.product(
            map(compile_predictor, singles), range(symmetries)
        ):
            turned = np.ascontiguousarray(np.rot90(PIXELS, quarter))
            single_map = predict_pixels(turned, METADATA, single_network)
            assert single_map.deviation is None
            maps.append(np.rot90(single_map.output, -quarter))
    mean = np.mean(maps, axis=0)
    np.testing.assert_allclose(prediction.output, mean, atol=TOLERANCE)
    np.testing.assert_allclose(prediction.probability, metadata.calibration(mean), atol=TOLERANCE)
    assert prediction.deviation is not None
    assert prediction.deviation.mean() > 0.01
    np.testing.assert_allclose(
        prediction.deviation, metadata.calibration(np.stack(maps)).std(axis=0), atol=TOLERANCE
    )


def test_the_tiles_of_a_mosaic_are_mapped_independently() -> None:
    """The left neighbour of the first column of a tile is not in the tile."""

    def left_neighbour(pixels: Any) -> Any:
        return np.pad(pixels[..., 0], [(0, 0), (0, 0), (1, 0)])[..., :-1]

    pixels = np.arange(1, 33, dtype=np.float32).reshape(4, 8, 1)
    whole = predict_pixels(pixels, METADATA, left_neighbour)
    tiles = predict_pixels(pixels, METADATA, left_neighbour, tile_px=4)
    assert whole.output[0].tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert tiles.output[0].tolist() == [0, 1, 2, 3, 0, 5, 6, 7]


@pytest.mark.parametrize(
    ("choice", "threshold"), [("validation", 0.37), (0.3, 0.3), ("expected", 0.6)]
)
def test_the_threshold_is_the_one_that_params_asks_for(
    unmapped: Prepared, tmp_path: Path, choice: Any, threshold: float
) -> None:
    params = params_for(tmp_path, ["2013"], evaluate__threshold=choice)
    assert threshold_of(METADATA, params, unmapped, PROBABILITY) == threshold


def test_test_blocks_do_not_change_the_threshold(unmapped: Prepared, tmp_path: Path) -> None:
    params = params_for(tmp_path, ["2013"], evaluate__threshold="expected")
    as_test = replace(unmapped, split_map=np.where(PARTS == TRAIN, TEST, PARTS).astype(np.uint8))
    for prepared, test in ((unmapped, PARTS == TEST), (as_test, PARTS == TRAIN)):
        before = threshold_of(METADATA, params, prepared, PROBABILITY)
        changed = np.where(test, np.float32(0.01), PROBABILITY)
        assert threshold_of(METADATA, params, prepared, changed) == before == 0.6


def test_train_and_validation_pixels_with_data_are_what_a_threshold_may_see(
    unmapped: Prepared,
) -> None:
    assert mask_train_and_validation(unmapped).tolist() == [[True] * 4 + [False] * 3]


def test_the_loss_is_of_the_known_pixels_of_an_area(unmapped: Prepared, tmp_path: Path) -> None:
    """One landslide pixel with an output of 0.75 in the area: 1 − 0.75 / (0.75 + fn · 0.25)."""
    params = params_for(tmp_path, ["2013"], learning__epsilon=0.0001)
    labels = np.array([[1, 0, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]], np.uint8)
    mapped = replace(unmapped, labels=labels)
    output = np.full(PARTS.shape, 0.75, np.float32)
    prediction = Prediction(output, np.zeros_like(output), None)
    first, rest = np.arange(7)[None] == 0, np.arange(7)[None] > 1
    missed = params.learning.fn_weight * 0.25
    assert loss_on(first, mapped, prediction, params) == pytest.approx(
        1 - 0.75 / (0.75 + missed), abs=1e-4
    )
    assert loss_on(rest, mapped, prediction, params) is None
