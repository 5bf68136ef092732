"""Losses to train with, of a whole batch, with unknown pixels left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slidelens.dataset.parts import UNKNOWN
from slidelens.learning.scores import tversky_ratio
from slidelens.params.schema import LearningParams

_TINY = 1e-7  # keeps powers and logarithms, and their gradients, finite


@dataclass(frozen=True)
class Seen:
    """A batch as (batch, height, width, 1) float32 tensors, 0 where unknown: landslide (0 or 1), probability, and known (0 or 1)."""

    landslide: Any
    probability: Any
    known: Any


def training_loss(learning: LearningParams) -> Any:
    """The Keras loss that `learning.loss` names, pooled over the batch (over each GPU's share of it, where there are several).

    Its labels are (batch, height, width, 1) of 0, 1 or UNKNOWN, which has no weight; its predictions probabilities.
    """
    losses = {
        "tversky": _tversky,
        "focal_tversky": _focal_tversky,
        "dice_cross_entropy": _dice_cross_entropy,
        "boundary": _boundary,
    }
    loss = losses[learning.loss]
    return _in_keras(lambda seen: loss(seen, learning))


def tversky_loss(fn_weight: float, fp_weight: float, epsilon: float) -> Any:
    """A Keras loss: 1 − the Tversky ratio; labels and predictions as in `training_loss`."""
    return _in_keras(lambda seen: _weighted(seen, fn_weight, fp_weight, epsilon))


def _in_keras(loss: Callable[[Seen], Any]) -> Any:
    import tensorflow as tf

    def of_batch(labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
        known = tf.cast(tf.not_equal(labels, UNKNOWN), tf.float32)
        landslide = tf.cast(tf.equal(labels, 1), tf.float32)
        probabilities = tf.cast(probabilities, tf.float32) * known
        # Keras divides among several GPUs what has a shape, and leaves a bare number as it is.
        return tf.reshape(loss(Seen(landslide, probabilities, known)), (1,))

    return of_batch


def _weighted(seen: Seen, fn_weight: float, fp_weight: float, epsilon: float) -> Any:
    import tensorflow as tf

    hit = tf.reduce_sum(seen.probability * seen.landslide)
    missed = tf.reduce_sum(seen.landslide) - hit
    false = tf.reduce_sum(seen.probability) - hit
    return 1.0 - tversky_ratio(hit, missed, false, fn_weight, fp_weight, epsilon)


def _tversky(seen: Seen, learning: LearningParams) -> Any:
    return _weighted(seen, learning.fn_weight, learning.fp_weight, learning.epsilon)


def _focal_tversky(seen: Seen, learning: LearningParams) -> Any:
    """The Tversky loss to the power γ; below 1 it gets steeper as it falls.

    Source: Abraham and Khan (2019), doi 10.1109/ISBI.2019.8759329. They write the power as 1/γ with γ = 4/3, their code as γ = 0.75.
    """
    import tensorflow as tf

    return tf.maximum(_tversky(seen, learning), _TINY) ** learning.focal_gamma


def _dice_cross_entropy(seen: Seen, learning: LearningParams) -> Any:
    """Soft Dice loss + mean binary cross-entropy of the known pixels. Source: Isensee et al. (2021), doi 10.1038/s41592-020-01008-z."""
    import tensorflow as tf

    of_truth = tf.where(seen.landslide == 1, seen.probability, 1.0 - seen.probability)
    surprise = -tf.reduce_sum(seen.known * tf.math.log(of_truth + _TINY))
    return _weighted(seen, 0.5, 0.5, learning.epsilon) + surprise / tf.maximum(
        tf.reduce_sum(seen.known), 1.0
    )


def _boundary(seen: Seen, learning: LearningParams) -> Any:
    """Tversky loss + 1 − F1 of the outlines, of which those within `boundary_px` of each other agree.

    Source: Bokhovkin and Burnaev (2019), doi 10.1007/978-3-030-22808-8_38, with θ0 = 3 and θ = 2 · boundary_px + 1.
    """
    mapped, predicted = _outline(seen.landslide, seen.known), _outline(seen.probability, seen.known)
    precision = _share(predicted, _widened(mapped, learning.boundary_px), learning.epsilon)
    recall = _share(mapped, _widened(predicted, learning.boundary_px), learning.epsilon)
    return _tversky(seen, learning) + 1.0 - 2.0 * precision * recall / (precision + recall)


def _outline(landslide: Any, known: Any) -> Any:
    """Landslide pixels beside bare ones; beside unknown ones, or at the patch's edge, nobody knows whether an outline runs."""
    bare = known - landslide
    return (_widened(bare, 1) - bare) * known


def _widened(values: Any, pixels: int) -> Any:
    """The largest value within so many pixels, diagonal ones too."""
    import tensorflow as tf

    return tf.nn.max_pool2d(values, 2 * pixels + 1, strides=1, padding="SAME")


def _share(outline: Any, near: Any, epsilon: float) -> Any:
    import tensorflow as tf

    return (tf.reduce_sum(outline * near) + epsilon) / (tf.reduce_sum(outline) + epsilon)
