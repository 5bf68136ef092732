"""Adam in one operation a variable. Importing this module imports Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf


class FusedAdam(keras.optimizers.Adam):  # type: ignore[misc]  # Keras has no types
    """Keras's Adam, computed by TensorFlow's fused operation.

    Keras's own takes about fifteen operations a variable, which are traced one by one: most of the
    time from the start of a training to its first step.

    Args:
        lr: Learning rate.
        shares: Learning rate of some variables as a share of `lr`, by path; 1 for all others.
    """

    def __init__(self, lr: float, shares: Mapping[str, float] | None = None) -> None:
        super().__init__(lr)
        self._shares = dict(shares or {})

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update a variable and its moments."""
        index = self._get_variable_index(variable)
        share = self._shares.get(self._trainable_variables[index].path, 1.0)
        steps = tf.cast(self.iterations + 1, tf.float32)
        first, second = tf.constant(self.beta_1), tf.constant(self.beta_2)
        tf.raw_ops.ResourceApplyAdam(
            var=_handle(variable),
            m=_handle(self._momentums[index]),
            v=_handle(self._velocities[index]),
            beta1_power=tf.pow(first, steps),
            beta2_power=tf.pow(second, steps),
            lr=tf.cast(learning_rate, tf.float32) * share,
            beta1=first,
            beta2=second,
            epsilon=tf.constant(self.epsilon),
            grad=gradient,
        )


def _handle(variable: Any) -> Any:
    """Return TensorFlow's handle of its own or of Keras's variable, on this device."""
    return (variable.value if isinstance(variable, keras.Variable) else variable).handle
