"""Other ways of learning from the marks of a ground, to be compared with `slidelens adapt`.

None has a threshold for the whole ground, as marks do not say how much of it is landslide. They map
from 0.5 on, as their users would.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.special import expit, logit

from benchmarks.quality.methods.forest import (
    features_and_labels,
    fit_forest,
    map_with_forest,
    sample_pixels,
)
from slidelens.dataset.parts import UNKNOWN
from slidelens.dataset.prepared import Prepared
from slidelens.learning.adaptation.marked import MarkedGround
from slidelens.learning.adaptation.training import (
    adaptation_settings,
    load_for_training,
    train_on_marks,
)
from slidelens.learning.inference.calibration import CLIP
from slidelens.learning.inference.weights import read_weights_metadata
from slidelens.learning.mapping.prediction import predict_dataset
from slidelens.learning.networks.ensemble import build_members
from slidelens.learning.runtime import compile_predictor, precision_policy
from slidelens.types import Float32, Mask

THRESHOLD = 0.5
_EPOCHS = 60  # of 64 patches: as many patches as the 30 epochs of a pretraining


def forest_of_marks(
    whole: Prepared, marked: MarkedGround, visible: Mask, weights: Path, seed: int
) -> Float32:
    """Return the probability by a random forest of the marked pixels.

    Args:
        whole: The ground to map.
        marked: Its marks.
        visible: (height, width) pixels that may be seen in training; others are nodata.
        weights: Weights that it is compared with; not used.
        seed: Seed of the forest.
    """
    del weights
    of_marks = replace(whole, labels=marked.data.labels)
    known = sample_pixels((marked.data.labels != UNKNOWN) & visible, seed)
    forest = fit_forest(*features_and_labels(of_marks, visible, known), seed)
    return map_with_forest(forest, whole)


def blend_with_forest(
    whole: Prepared, marked: MarkedGround, visible: Mask, weights: Path, seed: int
) -> Float32:
    """Return the probability of the mean log-odds of the unchanged weights and the forest.

    Args:
        whole: The ground to map.
        marked: Its marks.
        visible: (height, width) pixels that may be seen in training; others are nodata.
        weights: The weights.
        seed: Seed of the forest.
    """
    metadata = read_weights_metadata(weights)
    predict = compile_predictor(load_for_training(weights, metadata))
    maps = (
        predict_dataset(whole, metadata, predict).probability,
        forest_of_marks(whole, marked, visible, weights, seed),
    )
    log_odds = [logit(np.clip(each, CLIP, 1 - CLIP)) for each in maps]
    blended: Float32 = expit(np.mean(log_odds, axis=0)).astype(np.float32)
    return blended


def network_of_marks(
    whole: Prepared, marked: MarkedGround, visible: Mask, weights: Path, seed: int
) -> Float32:
    """Return the probability by a network from random weights, trained on the marks.

    Args:
        whole: The ground to map.
        marked: Its marks, on pixels that may be seen in training.
        visible: Not used.
        weights: Weights that it is compared with, for their architecture and filters.
        seed: Seed of weights and patches.
    """
    del visible
    metadata = read_weights_metadata(weights)
    bands, precision = len(metadata.statistics.bands), precision_policy("auto")
    network = build_members(metadata.model, metadata.filters, bands, 1, precision, seed)
    tiles, _ = marked.tiles()
    settings = adaptation_settings(_EPOCHS, seed)
    start = network.get_weights()
    network.set_weights(train_on_marks(network, start, marked, tiles, settings, "scratch"))
    return predict_dataset(whole, metadata, compile_predictor(network)).output
