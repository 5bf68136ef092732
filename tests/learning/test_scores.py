"""The pooled Tversky loss, by hand, and the ratio behind it."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.dataset.parts import UNKNOWN
from slidelens.learning.scores import (
    TverskySums,
    ground_weights,
    pooled_loss,
    tversky_ratio,
    weighted_scores,
)
from support.learning.trainings import LEARNING

# TP = 1.3, FN = 2 − 1.3 = 0.7, FP = 0.5
LABELS = np.array([1, 1, 0, 0], np.uint8)
PROBABILITIES = np.array([0.8, 0.5, 0.4, 0.1], np.float32)


def test_the_ratio_by_hand() -> None:
    ratio = tversky_ratio(1.3, 0.7, 0.5, fn_weight=0.3, fp_weight=0.7, epsilon=0.5)
    assert ratio == pytest.approx(1.8 / (1.3 + 0.21 + 0.35 + 0.5))


def test_halves_are_the_dice_coefficient() -> None:
    assert tversky_ratio(3, 1, 2, 0.5, 0.5, 0) == pytest.approx(2 * 3 / (2 * 3 + 1 + 2))


def test_the_loss_by_hand() -> None:
    learning = LEARNING.model_copy(update={"fn_weight": 0.3, "fp_weight": 0.7, "epsilon": 0.0})
    loss = 1 - 1.3 / (1.3 + 0.3 * 0.7 + 0.7 * 0.5)
    assert pooled_loss(LABELS, PROBABILITIES, learning) == pytest.approx(loss, abs=1e-6)


def test_pixels_may_come_in_parts() -> None:
    weights = np.array([2.0, 1, 1, 3])
    for chosen in (None, weights):
        sums = TverskySums()
        for part in (slice(0, 0), slice(0, 1), slice(1, 3), slice(3, 4), slice(4, 4)):
            some = None if chosen is None else chosen[part]
            sums.add(LABELS[part] == 1, PROBABILITIES[part], some)
        assert sums.loss(LEARNING) == pooled_loss(LABELS, PROBABILITIES, LEARNING, chosen)
    assert TverskySums().loss(LEARNING) is None


def test_ground_without_landslides_has_a_loss() -> None:
    # TP = FN = 0, FP = 0.5
    learning = LEARNING.model_copy(update={"fn_weight": 0.3, "fp_weight": 0.7, "epsilon": 0.1})
    assert pooled_loss(LABELS[2:], PROBABILITIES[2:], learning) == pytest.approx(
        1 - 0.1 / (0.7 * 0.5 + 0.1), abs=1e-6
    )


def test_unknown_pixels_do_not_count_and_none_known_is_no_loss() -> None:
    labels = np.append(LABELS, np.uint8(UNKNOWN))
    probabilities = np.append(PROBABILITIES, np.float32(0.9))
    expected = pooled_loss(LABELS, PROBABILITIES, LEARNING)
    assert pooled_loss(labels, probabilities, LEARNING) == expected
    assert pooled_loss(labels[-1:], probabilities[-1:], LEARNING) is None


@pytest.mark.parametrize(
    ("loss", "precision", "recall"),
    [
        (0.227, 0.807, 0.698),
        (0.218, 0.817, 0.702),
        (0.206, 0.845, 0.688),
        (0.229, 0.805, 0.701),
        (0.208, 0.826, 0.719),
        (0.226, 0.865, 0.618),
        (0.233, 0.803, 0.700),
        (0.205, 0.824, 0.725),
        (0.188, 0.850, 0.731),
    ],
)
def test_the_papers_table_2_is_this_loss_with_0_3_on_misses(
    loss: float, precision: float, recall: float
) -> None:
    """Its rows with learning rate 1e-3.

    For one landslide pixel TP = recall, FN = 1 − recall, FP = recall · (1 / precision − 1).
    """
    misses, false = 1 - recall, recall * (1 / precision - 1)
    assert 1 - tversky_ratio(recall, misses, false, 0.3, 0.7, 0) == pytest.approx(loss, abs=0.0035)
    assert 1 - tversky_ratio(recall, misses, false, 0.7, 0.3, 0) > loss + 0.02


@pytest.mark.parametrize("name", ["tversky", "focal_tversky", "dice_cross_entropy", "boundary"])
def test_the_best_epoch_is_chosen_by_the_tversky_loss_whatever_is_trained_with(name: str) -> None:
    learning = LEARNING.model_copy(update={"loss": name})
    assert pooled_loss(LABELS, PROBABILITIES, learning) == pooled_loss(
        LABELS, PROBABILITIES, LEARNING
    )


def test_the_weighted_loss_by_hand() -> None:
    # TP = 2 · 0.8 + 0.5 = 2.1, FN = 3 − 2.1 = 0.9, FP = 0.4 + 3 · 0.1 = 0.7; the last is unknown
    learning = LEARNING.model_copy(update={"fn_weight": 0.3, "fp_weight": 0.7, "epsilon": 0.0})
    found = pooled_loss(
        np.append(LABELS, np.uint8(UNKNOWN)),
        np.append(PROBABILITIES, np.float32(0.9)),
        learning,
        np.array([2.0, 1, 1, 3, 7]),
    )
    assert found == pytest.approx(1 - 2.1 / (2.1 + 0.3 * 0.9 + 0.7 * 0.7), abs=1e-6)


@pytest.mark.parametrize(
    ("labels", "share", "weights"),
    [
        ([1, 1, 0, 0, 0, UNKNOWN], None, [0.2, 0.2, 0.2, 0.2, 0.2, 0]),
        ([1, 1, 0, 0, 0, UNKNOWN], 0.1, [0.05, 0.05, 0.3, 0.3, 0.3, 0]),
        ([1, 1, UNKNOWN], 0.1, [0.5, 0.5, 0]),
        ([0, 0], 0.1, [0.5, 0.5]),
        ([UNKNOWN], 0.1, [0]),
    ],
)
def test_weights_of_the_ground_by_hand(
    labels: list[int], share: float | None, weights: list[float]
) -> None:
    assert ground_weights(np.array(labels, np.uint8), share) == pytest.approx(np.array(weights))


def test_weighted_scores_by_hand() -> None:
    # hits 0.1, landslides 0.1 + 0.3, predicted 0.1 + 0.2
    landslide, predicted = (
        np.array([True, True, False, False]),
        np.array([True, False, True, False]),
    )
    weights, nothing = np.array([0.1, 0.3, 0.2, 0.4]), np.zeros(4, bool)
    assert weighted_scores(landslide, predicted, weights) == pytest.approx(
        {"f1": 0.2 / 0.7, "precision": 1 / 3, "recall": 0.25}
    )
    assert weighted_scores(nothing, predicted, weights) == {
        "f1": None,
        "precision": 0,
        "recall": None,
    }
    assert weighted_scores(landslide, nothing, weights) == {
        "f1": 0,
        "precision": None,
        "recall": 0,
    }
