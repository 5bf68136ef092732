"""Batch normalisation in one operation. Importing this module imports Keras."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


class BatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]  # no types
    """Keras's batch normalisation, computed by TensorFlow's fused operation.

    Keras computes it step by step, in float32, which is a third of the time of a training step. The
    fused operation reads and writes the layer's own type, and joins the activation after it.
    Weights, names and moving averages are those of Keras's layer.
    """

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Normalise (batch, height, width, channels), in training by the batch's own statistics."""
        learns = bool(training and self.trainable)
        mean, variance = self.moving_mean, self.moving_variance
        nothing = tf.zeros([0], tf.float32)
        fused = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=tf.convert_to_tensor(self.gamma),
            offset=tf.convert_to_tensor(self.beta),
            mean=nothing if learns else tf.convert_to_tensor(mean),
            variance=nothing if learns else tf.convert_to_tensor(variance),
            epsilon=self.epsilon,
            is_training=learns,
        )
        if learns:
            mean.assign(mean * self.momentum + fused.batch_mean * (1 - self.momentum))
            spread = fused.batch_variance * _biased(inputs)
            variance.assign(variance * self.momentum + spread * (1 - self.momentum))
        return fused.y


def _biased(inputs: Any) -> Any:
    """Return (n − 1) / n for n values a channel.

    The fused operation returns the unbiased variance, Keras averages the biased one.
    """
    number = tf.cast(tf.reduce_prod(tf.shape(inputs)[:3]), tf.float32)
    return (number - 1) / tf.maximum(number, 1)
