"""The pooled Tversky loss, by hand, and the ratio behind it."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.dataset.parts import UNKNOWN
from slidelens.learning.scores import pooled_loss, tversky_ratio
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
