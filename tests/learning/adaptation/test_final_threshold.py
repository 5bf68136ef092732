"""The threshold of the final network maps as much of the scene as those of the folds did."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from slidelens.learning.adaptation.counts import count_marks
from slidelens.learning.adaptation.final_threshold import (
    calibrated,
    logit_of_share,
)
from slidelens.learning.adaptation.held_back import Outputs, map_with_folds, scene_outputs
from slidelens.learning.adaptation.sample import take_sample
from slidelens.learning.inference.calibration import Calibration
from slidelens.learning.inference.thresholds import LOGITS, output_at, threshold_index
from support.learning.trainings import METADATA, two_layer_network


def test_a_surer_network_gets_a_higher_threshold() -> None:
    """The same network with a larger bias maps the same pixels at a threshold moved by it."""
    network = two_layer_network()
    sample = take_sample(np.random.default_rng(1).normal(size=(128, 128, 3)).astype("f4"), 1)
    fold = network.get_weights()
    index = threshold_index(float(np.quantile(scene_outputs(network, sample), 0.8)))
    mapped = map_with_folds(network, [fold, fold], sample)[index]
    assert mapped == pytest.approx(0.2, abs=0.03)
    network.set_weights([*fold[:-1], fold[-1] + 1])
    assert logit_of_share(network, sample, mapped) == pytest.approx(LOGITS[index] + 1, abs=0.02)


@pytest.mark.parametrize("output", [0.2, 0.5, 0.7])
def test_the_calibration_moves_with_the_threshold(output: float) -> None:
    rng = np.random.default_rng(1)
    numbers = np.repeat(np.arange(1, 21), 100).astype(np.int32)
    labels = (numbers <= 10).astype(np.uint8)
    values = expit(rng.normal(2.0 * labels - 1, 1)).astype(np.float32)
    counts, outputs = count_marks(values, labels, numbers, 20), Outputs(values, labels, numbers)
    index = threshold_index(output)
    at, moved = (
        calibrated(METADATA, outputs, counts, 0.1, index, float(final))
        for final in (LOGITS[index], LOGITS[index] + 1)
    )
    assert moved.threshold == at.threshold
    assert at.calibration.output(at.threshold) == pytest.approx(output_at(index), abs=0.001)
    there = pytest.approx(expit(LOGITS[index] + 1), abs=0.001)
    assert moved.calibration.output(at.threshold) == there
    assert at.threshold < output  # a tenth of the ground is landslide, half of the marks


def test_without_a_calibration_the_threshold_itself_moves() -> None:
    """Outputs that fall where landslides are cannot be calibrated."""
    numbers = np.repeat([1, 2], 100).astype(np.int32)
    labels = (numbers == 1).astype(np.uint8)
    values = np.where(labels, 0.2, 0.8).astype(np.float32)
    counts, outputs = count_marks(values, labels, numbers, 2), Outputs(values, labels, numbers)
    moved = calibrated(METADATA, outputs, counts, 0.1, threshold_index(0.5), 1.5)
    assert moved.calibration == Calibration()
    assert moved.threshold == pytest.approx(expit(1.5))
