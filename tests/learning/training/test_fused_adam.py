"""The fused Adam takes Keras's steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from slidelens.learning.runtime import quiet_tensorflow
from slidelens.types import Float32

# One row a step; the last value gets no gradient at all.
GRADIENTS = np.random.default_rng(1).normal(0, [1, 1e-3, 1e-6, 0], (6, 4)).astype(np.float32)


def values_after(optimizer: Any, variable: Any, in_graph: bool) -> Float32:
    """The variable after all steps; the rate is halved after the third."""
    import tensorflow as tf

    optimizer.build([variable])

    def apply(gradient: Any) -> None:
        optimizer.apply([gradient])

    step = tf.function(apply) if in_graph else apply
    for number, gradient in enumerate(GRADIENTS):
        if number == 3:
            optimizer.learning_rate = 0.5 * optimizer.learning_rate
        step(tf.constant(gradient))
    values: Float32 = np.asarray(variable)
    return values


@pytest.mark.parametrize("share", [1.0, 0.25])
@pytest.mark.parametrize("in_graph", [False, True])
def test_steps_are_those_of_keras(in_graph: bool, share: float) -> None:
    quiet_tensorflow()
    import keras

    from slidelens.learning.training.fused_adam import FusedAdam

    start = np.linspace(-1, 1, 4, dtype=np.float32)
    ours, theirs = keras.Variable(start, name="ours"), keras.Variable(start, name="theirs")
    np.testing.assert_allclose(
        values_after(FusedAdam(0.01, {"ours": share}), ours, in_graph),
        values_after(keras.optimizers.Adam(0.01 * share), theirs, in_graph),
        rtol=1e-6,
    )
    assert np.abs(np.asarray(ours) - start)[:2].min() > 0.02 * share
