"""Tversky loss, with unknown pixels left out."""

from __future__ import annotations

from typing import Any

from slidelens.learning.split import UNKNOWN


def tversky_ratio(true_positive: Any, false_negative: Any, false_positive: Any, fn_weight: float, fp_weight: float, epsilon: float) -> Any:
    """(TP + ε) / (TP + fn_weight·FN + fp_weight·FP + ε), of numbers, arrays or tensors.

    Source: Salehi et al. (2017), doi 10.1007/978-3-319-67389-9_44; with 0.5 and 0.5 the soft Dice coefficient.
    """
    return (true_positive + epsilon) / (true_positive + fn_weight * false_negative + fp_weight * false_positive + epsilon)


def tversky_loss(fn_weight: float, fp_weight: float, epsilon: float) -> Any:
    """A Keras loss: 1 − the Tversky ratio pooled over the batch (over each GPU's share of it, where there are several).

    Its labels are (batch, height, width, 1) of 0, 1 or UNKNOWN, which has no weight; its predictions probabilities.
    """
    import tensorflow as tf

    def tversky(labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
        known = tf.cast(tf.not_equal(labels, UNKNOWN), tf.float32)
        landslide = tf.cast(tf.equal(labels, 1), tf.float32)
        probabilities = tf.cast(probabilities, tf.float32) * known
        hit = tf.reduce_sum(probabilities * landslide)
        missed = tf.reduce_sum(landslide) - hit
        false = tf.reduce_sum(probabilities) - hit
        # Keras divides among several GPUs what has a shape, and leaves a bare number as it is.
        return tf.reshape(1.0 - tversky_ratio(hit, missed, false, fn_weight, fp_weight, epsilon), (1,))

    return tversky
