"""The Tversky loss, by hand, in numpy and in Keras."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from slidelens.learning.losses import tversky_loss, tversky_ratio
from slidelens.learning.split import UNKNOWN
from slidelens.learning.training import pooled_loss, quiet_tensorflow
from test_augment import LEARNING

# Two landslide pixels predicted with 0.8 and 0.5, two others with 0.4 and 0.1: TP = 1.3, FN = 2 − 1.3 = 0.7, FP = 0.5.
LABELS = np.array([1, 1, 0, 0], np.uint8).reshape(1, 2, 2, 1)
PROBABILITIES = np.array([0.8, 0.5, 0.4, 0.1], np.float32).reshape(1, 2, 2, 1)


def in_keras(labels: NDArray, probabilities: NDArray, fn_weight: float = 0.3, fp_weight: float = 0.7, epsilon: float = 1e-4) -> float:
    quiet_tensorflow()
    return float(tversky_loss(fn_weight, fp_weight, epsilon)(labels.astype(np.float32), probabilities).numpy().item())


@pytest.mark.parametrize(
    ("fn_weight", "fp_weight", "epsilon", "loss"),
    [
        (0.3, 0.7, 0.0, 1 - 1.3 / (1.3 + 0.3 * 0.7 + 0.7 * 0.5)),
        (0.7, 0.3, 0.0, 1 - 1.3 / (1.3 + 0.7 * 0.7 + 0.3 * 0.5)),
        (1.0, 0.0, 0.0, 1 - 1.3 / 2),  # soft recall
        (0.0, 1.0, 0.0, 1 - 1.3 / 1.8),  # soft precision
        (0.3, 0.7, 0.5, 1 - 1.8 / (1.3 + 0.21 + 0.35 + 0.5)),
    ],
)
def test_by_hand(fn_weight: float, fp_weight: float, epsilon: float, loss: float) -> None:
    assert 1 - tversky_ratio(1.3, 0.7, 0.5, fn_weight, fp_weight, epsilon) == pytest.approx(loss)
    assert in_keras(LABELS, PROBABILITIES, fn_weight, fp_weight, epsilon) == pytest.approx(loss, abs=1e-6)
    learning = LEARNING.model_copy(update={"fn_weight": fn_weight, "fp_weight": fp_weight, "epsilon": epsilon})
    assert pooled_loss(LABELS, PROBABILITIES, learning) == pytest.approx(loss, abs=1e-6)


def test_halves_are_the_soft_dice_loss() -> None:
    rng = np.random.default_rng(1)
    labels, probabilities = rng.integers(0, 2, (2, 8, 8, 1)), rng.random((2, 8, 8, 1), dtype=np.float32)
    dice = 2 * (labels * probabilities).sum() / (labels.sum() + probabilities.sum())
    assert in_keras(labels, probabilities, 0.5, 0.5, 0) == pytest.approx(1 - dice, abs=1e-5)


def test_perfect_is_0_and_all_wrong_is_1() -> None:
    assert in_keras(LABELS, LABELS.astype(np.float32)) == pytest.approx(0, abs=1e-6)
    assert in_keras(LABELS, 1 - LABELS.astype(np.float32)) == pytest.approx(1, abs=1e-3)


def test_it_is_pooled_over_the_batch_and_not_a_mean_of_patches() -> None:
    # patch 1: TP 1, FN 0, FP 0; patch 2: TP 0, FN 1, FP 1. Pooled 1 − 1 / (1 + 0.3 + 0.7) = 0.5; the mean would be (0 + 1) / 2 = 0.5 too,
    # so patch 1 has three landslide pixels: 1 − 3 / (3 + 1) = 0.25.
    labels = np.array([[1, 1, 1, 0], [1, 0, 0, 0]], np.uint8).reshape(2, 2, 2, 1)
    probabilities = np.array([[1, 1, 1, 0], [0, 1, 0, 0]], np.float32).reshape(2, 2, 2, 1)
    assert in_keras(labels, probabilities, epsilon=0) == pytest.approx(0.25)


def test_unknown_pixels_have_no_weight() -> None:
    labels = np.concatenate([LABELS, np.full((1, 2, 2, 1), UNKNOWN, np.uint8)])
    probabilities = np.concatenate([PROBABILITIES, np.full((1, 2, 2, 1), 0.9, np.float32)])
    assert in_keras(labels, probabilities) == pytest.approx(in_keras(LABELS, PROBABILITIES))
    assert pooled_loss(labels, probabilities, LEARNING) == pooled_loss(LABELS, PROBABILITIES, LEARNING)


def test_the_gradient_is_0_where_unknown_and_has_the_right_sign_elsewhere() -> None:
    quiet_tensorflow()
    import tensorflow as tf

    labels = LABELS.copy().astype(np.float32)
    labels[0, 1, 1, 0] = UNKNOWN
    probabilities = tf.Variable(PROBABILITIES)
    with tf.GradientTape() as tape:
        loss = tversky_loss(0.3, 0.7, 1e-4)(labels, probabilities)
    gradient = tape.gradient(loss, probabilities).numpy().ravel()
    assert gradient[3] == 0
    assert gradient[0] < 0 and gradient[1] < 0 < gradient[2]  # more on landslides is better, more elsewhere worse


def test_nothing_known_is_no_loss_in_numpy_and_0_in_keras() -> None:
    labels = np.full((1, 2, 2, 1), UNKNOWN, np.uint8)
    assert pooled_loss(labels, PROBABILITIES, LEARNING) is None
    assert in_keras(labels, PROBABILITIES) == pytest.approx(0)  # (0 + ε) / (0 + ε) = 1


def test_numpy_and_keras_agree() -> None:
    rng = np.random.default_rng(1)
    labels = rng.choice([0, 1, UNKNOWN], (3, 16, 16, 1)).astype(np.uint8)
    probabilities = rng.random((3, 16, 16, 1), dtype=np.float32)
    assert pooled_loss(labels, probabilities, LEARNING) == pytest.approx(in_keras(labels, probabilities), abs=1e-5)


def test_keras_divides_the_loss_among_replicas() -> None:
    """Keras leaves a loss without a shape as it is, and gradients would then grow with the number of GPUs."""
    quiet_tensorflow()
    assert tversky_loss(0.3, 0.7, 1e-4)(LABELS.astype(np.float32), PROBABILITIES).shape == (1,)


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
def test_the_papers_table_2_is_this_loss_with_0_3_on_misses(loss: float, precision: float, recall: float) -> None:
    """Its rows with learning rate 1e-3. Of one landslide pixel: TP = recall, FN = 1 − recall, FP = recall · (1 / precision − 1)."""
    misses, false = 1 - recall, recall * (1 / precision - 1)
    assert 1 - tversky_ratio(recall, misses, false, 0.3, 0.7, 0) == pytest.approx(loss, abs=0.0035)
    assert 1 - tversky_ratio(recall, misses, false, 0.7, 0.3, 0) > loss + 0.02
