"""Training losses, by hand and in Keras."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.dataset.parts import UNKNOWN
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.learning.scores import pooled_loss, tversky_ratio
from slidelens.learning.training.losses import training_loss, tversky_loss
from slidelens.types import Float32, UInt8
from support.learning.trainings import LEARNING

LOSSES = ("tversky", "focal_tversky", "dice_cross_entropy", "boundary")

# Two landslide pixels predicted with 0.8 and 0.5, two others with 0.4 and 0.1:
# TP = 1.3, FN = 2 − 1.3 = 0.7, FP = 0.5.
LABELS = np.array([1, 1, 0, 0], np.uint8).reshape(1, 2, 2, 1)
PROBABILITIES = np.array([0.8, 0.5, 0.4, 0.1], np.float32).reshape(1, 2, 2, 1)


def in_keras(
    labels: UInt8 | Float32,
    probabilities: Float32,
    fn_weight: float = 0.3,
    fp_weight: float = 0.7,
    epsilon: float = 1e-4,
) -> float:
    quiet_tensorflow()
    return float(
        tversky_loss(fn_weight, fp_weight, epsilon)(labels.astype(np.float32), probabilities)
        .numpy()
        .item()
    )


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
    assert in_keras(LABELS, PROBABILITIES, fn_weight, fp_weight, epsilon) == pytest.approx(
        loss, abs=1e-6
    )
    learning = LEARNING.model_copy(
        update={"fn_weight": fn_weight, "fp_weight": fp_weight, "epsilon": epsilon}
    )
    assert pooled_loss(LABELS, PROBABILITIES, learning) == pytest.approx(loss, abs=1e-6)


def test_halves_are_the_soft_dice_loss() -> None:
    rng = np.random.default_rng(1)
    labels, probabilities = (
        rng.integers(0, 2, (2, 8, 8, 1)).astype(np.uint8),
        rng.random((2, 8, 8, 1), dtype=np.float32),
    )
    dice = 2 * (labels * probabilities).sum() / (labels.sum() + probabilities.sum())
    assert in_keras(labels, probabilities, 0.5, 0.5, 0) == pytest.approx(1 - dice, abs=1e-5)


def test_perfect_is_0_and_all_wrong_is_1() -> None:
    assert in_keras(LABELS, LABELS.astype(np.float32)) == pytest.approx(0, abs=1e-6)
    assert in_keras(LABELS, 1 - LABELS.astype(np.float32)) == pytest.approx(1, abs=1e-3)


def test_it_is_pooled_over_the_batch_and_not_a_mean_of_patches() -> None:
    # Patch 1: TP 3, FN 0, FP 0; patch 2: TP 0, FN 1, FP 1. Pooled 1 − 3 / (3 + 0.3 + 0.7) = 0.25;
    # the mean of the patches would be (0 + 1) / 2.
    labels = np.array([[1, 1, 1, 0], [1, 0, 0, 0]], np.uint8).reshape(2, 2, 2, 1)
    probabilities = np.array([[1, 1, 1, 0], [0, 1, 0, 0]], np.float32).reshape(2, 2, 2, 1)
    assert in_keras(labels, probabilities, epsilon=0) == pytest.approx(0.25)


def test_unknown_pixels_have_no_weight() -> None:
    labels = np.concatenate([LABELS, np.full((1, 2, 2, 1), UNKNOWN, np.uint8)])
    probabilities = np.concatenate([PROBABILITIES, np.full((1, 2, 2, 1), 0.9, np.float32)])
    assert in_keras(labels, probabilities) == pytest.approx(in_keras(LABELS, PROBABILITIES))
    assert pooled_loss(labels, probabilities, LEARNING) == pooled_loss(
        LABELS, PROBABILITIES, LEARNING
    )


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
    assert gradient[0] < 0
    assert gradient[1] < 0 < gradient[2]


def test_nothing_known_is_no_loss_in_numpy_and_0_in_keras() -> None:
    labels = np.full((1, 2, 2, 1), UNKNOWN, np.uint8)
    assert pooled_loss(labels, PROBABILITIES, LEARNING) is None
    assert in_keras(labels, PROBABILITIES) == pytest.approx(0)  # (0 + ε) / (0 + ε) = 1


def test_numpy_and_keras_agree() -> None:
    rng = np.random.default_rng(1)
    labels = rng.choice([0, 1, UNKNOWN], (3, 16, 16, 1)).astype(np.uint8)
    probabilities = rng.random((3, 16, 16, 1), dtype=np.float32)
    assert pooled_loss(labels, probabilities, LEARNING) == pytest.approx(
        in_keras(labels, probabilities), abs=1e-5
    )


def test_keras_divides_the_loss_among_replicas() -> None:
    """Keras does not divide a scalar: gradients would then grow with the number of GPUs."""
    quiet_tensorflow()
    assert tversky_loss(0.3, 0.7, 1e-4)(LABELS.astype(np.float32), PROBABILITIES).shape == (1,)


# The other losses


def loss_of(name: str, labels: UInt8 | Float32, probabilities: Float32, **changes: float) -> float:
    quiet_tensorflow()
    learning = LEARNING.model_copy(update={"loss": name, "epsilon": 1e-9, **changes})
    return float(training_loss(learning)(labels, probabilities).numpy().item())


def gradient_of(name: str, labels: UInt8 | Float32, probabilities: Float32) -> Float32:
    quiet_tensorflow()
    import tensorflow as tf

    variable = tf.Variable(probabilities)
    with tf.GradientTape() as tape:
        loss = training_loss(LEARNING.model_copy(update={"loss": name}))(labels, variable)
    gradient: Float32 = tape.gradient(loss, variable).numpy()
    return gradient


def test_the_default_is_the_tversky_loss_to_the_bit() -> None:
    rng = np.random.default_rng(1)
    labels, probabilities = (
        rng.choice([0, 1, UNKNOWN], (2, 16, 16, 1)).astype(np.uint8),
        rng.random((2, 16, 16, 1), dtype=np.float32),
    )
    assert LEARNING.loss == "tversky"
    default = training_loss(LEARNING)(labels, probabilities)
    assert (
        default.numpy().tobytes()
        == tversky_loss(0.3, 0.7, 1e-4)(labels, probabilities).numpy().tobytes()
    )


@pytest.mark.parametrize("gamma", [0.75, 1.0, 2.0])
def test_the_focal_tversky_loss_is_a_power_of_the_tversky_loss(gamma: float) -> None:
    loss = 1 - 1.3 / (1.3 + 0.3 * 0.7 + 0.7 * 0.5)
    assert loss_of("focal_tversky", LABELS, PROBABILITIES, focal_gamma=gamma) == pytest.approx(
        loss**gamma, abs=1e-6
    )


def test_dice_and_cross_entropy_are_added() -> None:
    # Dice: 2 · 1.3 / (2 + 1.8). The truth was given 0.8, 0.5, 1 − 0.4 and 1 − 0.1.
    dice, entropy = 1 - 2.6 / 3.8, -np.log([0.8, 0.5, 0.6, 0.9]).mean()
    assert loss_of("dice_cross_entropy", LABELS, PROBABILITIES) == pytest.approx(
        dice + entropy, abs=1e-6
    )
    unknown = np.append(
        LABELS, np.full((1, 2, 2, 1), UNKNOWN, np.uint8), axis=2
    )  # the mean is over the four known pixels
    assert loss_of(
        "dice_cross_entropy", unknown, np.append(PROBABILITIES, PROBABILITIES, axis=2)
    ) == pytest.approx(dice + entropy, abs=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_unknown_pixels_count_in_no_loss(name: str) -> None:
    rng = np.random.default_rng(1)
    labels = rng.choice([0, 1, UNKNOWN], (2, 16, 16, 1)).astype(np.uint8)
    first, second = rng.random((2, *labels.shape), dtype=np.float32)
    second = np.where(labels == UNKNOWN, second, first)
    assert loss_of(name, labels, first) == loss_of(name, labels, second)
    gradient = gradient_of(name, labels, first)
    assert (gradient[labels == UNKNOWN] == 0).all()
    assert (gradient[labels != UNKNOWN] != 0).mean() > 0.5


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("wrong", [0.0, 1.0])
def test_perfect_is_0_and_all_wrong_is_1_or_more(name: str, wrong: float) -> None:
    rng = np.random.default_rng(1)
    labels = np.kron(rng.integers(0, 2, (2, 4, 4, 1)), np.ones((1, 4, 4, 1))).astype(np.float32)
    loss = loss_of(name, labels, np.abs(labels - np.float32(wrong)))
    assert loss == pytest.approx(0, abs=1e-5) if not wrong else loss > 0.999


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize(
    "labels", [LABELS, np.zeros_like(LABELS), np.ones_like(LABELS), np.full_like(LABELS, UNKNOWN)]
)
def test_losses_and_their_gradients_are_finite_at_0_and_1(name: str, labels: UInt8) -> None:
    for probabilities in (
        np.zeros_like(PROBABILITIES),
        np.ones_like(PROBABILITIES),
        LABELS.astype(np.float32),
        1 - LABELS.astype(np.float32),
    ):
        assert np.isfinite(loss_of(name, labels, probabilities))
        assert np.isfinite(gradient_of(name, labels, probabilities)).all()


@pytest.mark.parametrize("name", LOSSES)
def test_half_precision_is_summed_in_single_and_the_loss_has_a_shape(name: str) -> None:
    quiet_tensorflow()
    import tensorflow as tf

    probabilities = tf.fill(
        (1, 64, 64, 1), tf.constant(0.5, tf.bfloat16)
    )  # a sum of 4096 halves in bfloat16 would stop at 128
    labels = np.ones((1, 64, 64, 1), np.uint8)
    loss = training_loss(LEARNING.model_copy(update={"loss": name}))(labels, probabilities)
    assert (loss.dtype, loss.shape) == (tf.float32, (1,))
    assert loss.numpy().item() == pytest.approx(
        loss_of(name, labels, np.full(labels.shape, 0.5, np.float32)), abs=1e-5
    )


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_teaches_a_threshold(name: str) -> None:
    """One weight and one offset learn the brightness of landslides.

    Unknown pixels, bright and dark, would teach otherwise.
    """
    quiet_tensorflow()
    import tensorflow as tf

    rng = np.random.default_rng(1)
    landslide = np.zeros((1, 32, 32, 1), np.uint8)
    landslide[:, 8:20, 10:24] = 1
    brightness = (landslide + rng.normal(0, 0.1, landslide.shape)).astype(np.float32)
    labels = np.where(np.arange(32)[None, :, None, None] >= 26, UNKNOWN, landslide).astype(np.uint8)
    brightness[labels == UNKNOWN] *= -5
    weight, offset, loss = (
        tf.Variable(0.0),
        tf.Variable(0.0),
        training_loss(LEARNING.model_copy(update={"loss": name})),
    )
    for _ in range(150):
        with tf.GradientTape() as tape:
            value = loss(labels, tf.sigmoid(weight * brightness + offset))
        for variable, gradient in zip(
            (weight, offset), tape.gradient(value, [weight, offset]), strict=True
        ):
            variable.assign_sub(4 * gradient)
    predicted = (weight * brightness + offset).numpy() > 0
    known = labels != UNKNOWN
    assert (predicted == (landslide == 1))[known].mean() > 0.99
