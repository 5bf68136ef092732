"""Training losses, pooled over a batch; unknown pixels have no weight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slidelens.dataset.parts import UNKNOWN
from slidelens.learning.scores import tversky_ratio
from slidelens.params.schema import LearningParams

_TINY = 1e-7  # keeps powers and logarithms, and their gradients, finite


@dataclass(frozen=True)
class MaskedBatch:
    """The labels and predictions of a batch, as (batch, height, width, 1) float32 tensors.

    Attributes:
        landslide: 1 where landslide, 0 where not or unknown.
        probability: Predicted probability, 0 where unknown.
        known: 1 where the label is known, else 0.
    """

    landslide: Any
    probability: Any
    known: Any


def training_loss(learning: LearningParams) -> Any:
    """Return the Keras loss that `learning.loss` names.

    It takes labels, (batch, height, width, 1) of 0, 1 or UNKNOWN, and probabilities of that shape.
    It is pooled over the batch; with several GPUs, over each GPU's share of the batch.
    """
    losses = {
        "tversky": _tversky,
        "focal_tversky": _focal_tversky,
        "dice_cross_entropy": _dice_cross_entropy,
        "boundary": _boundary,
    }
    loss = losses[learning.loss]
    return _in_keras(lambda batch: loss(batch, learning))


def tversky_loss(fn_weight: float, fp_weight: float, epsilon: float) -> Any:
    """Return 1 − the Tversky ratio as a Keras loss, with arguments as in `training_loss`."""
    return _in_keras(lambda batch: _weighted(batch, fn_weight, fp_weight, epsilon))


def _in_keras(loss: Callable[[MaskedBatch], Any]) -> Any:
    import tensorflow as tf

    def keras_loss(labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
        known = tf.cast(tf.not_equal(labels, UNKNOWN), tf.float32)
        landslide = tf.cast(tf.equal(labels, 1), tf.float32)
        probabilities = tf.cast(probabilities, tf.float32) * known
        # Among several GPUs Keras divides a loss that has a shape, but not a scalar.
        return tf.reshape(loss(MaskedBatch(landslide, probabilities, known)), (1,))

    return keras_loss


def _weighted(batch: MaskedBatch, fn_weight: float, fp_weight: float, epsilon: float) -> Any:
    import tensorflow as tf

    true_positive = tf.reduce_sum(batch.probability * batch.landslide)
    false_negative = tf.reduce_sum(batch.landslide) - true_positive
    false_positive = tf.reduce_sum(batch.probability) - true_positive
    return 1.0 - tversky_ratio(
        true_positive, false_negative, false_positive, fn_weight, fp_weight, epsilon
    )


def _tversky(batch: MaskedBatch, learning: LearningParams) -> Any:
    return _weighted(batch, learning.fn_weight, learning.fp_weight, learning.epsilon)


def _focal_tversky(batch: MaskedBatch, learning: LearningParams) -> Any:
    """Return the Tversky loss to the power γ; with γ < 1 it gets steeper as it falls.

    Source: Abraham and Khan (2019), doi 10.1109/ISBI.2019.8759329. The paper writes the power as
    1/γ with γ = 4/3, its code as γ = 0.75.
    """
    import tensorflow as tf

    return tf.maximum(_tversky(batch, learning), _TINY) ** learning.focal_gamma


def _dice_cross_entropy(batch: MaskedBatch, learning: LearningParams) -> Any:
    """Return the soft Dice loss + the mean binary cross-entropy of the known pixels.

    Source: Isensee et al. (2021), doi 10.1038/s41592-020-01008-z.
    """
    import tensorflow as tf

    label_probability = tf.where(batch.landslide == 1, batch.probability, 1.0 - batch.probability)
    cross_entropy = -tf.reduce_sum(batch.known * tf.math.log(label_probability + _TINY))
    return _weighted(batch, 0.5, 0.5, learning.epsilon) + cross_entropy / tf.maximum(
        tf.reduce_sum(batch.known), 1.0
    )


def _boundary(batch: MaskedBatch, learning: LearningParams) -> Any:
    """Return the Tversky loss + 1 − F1 of the outlines.

    Outline pixels agree if they lie within `boundary_px` of each other.

    Source: Bokhovkin and Burnaev (2019), doi 10.1007/978-3-030-22808-8_38, with θ0 = 3 and
    θ = 2 · boundary_px + 1.
    """
    observed = _outline(batch.landslide, batch.known)
    predicted = _outline(batch.probability, batch.known)
    precision = _matched_share(predicted, _dilate(observed, learning.boundary_px), learning.epsilon)
    recall = _matched_share(observed, _dilate(predicted, learning.boundary_px), learning.epsilon)
    return _tversky(batch, learning) + 1.0 - 2.0 * precision * recall / (precision + recall)


def _outline(landslide: Any, known: Any) -> Any:
    """Return the landslide pixels next to pixels without landslide.

    Next to unknown pixels and at the patch's edge there is no outline: none can be known there.
    """
    background = known - landslide
    return (_dilate(background, 1) - background) * known


def _dilate(values: Any, pixels: int) -> Any:
    """Return the largest value within `pixels` rows and columns of each pixel."""
    import tensorflow as tf

    return tf.nn.max_pool2d(values, 2 * pixels + 1, strides=1, padding="SAME")


def _matched_share(outline: Any, near: Any, epsilon: float) -> Any:
    import tensorflow as tf

    return (tf.reduce_sum(outline * near) + epsilon) / (tf.reduce_sum(outline) + epsilon)
