"""The fused batch normalisation is Keras's, with less work."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from slidelens.learning.runtime import quiet_tensorflow

VALUES = np.random.default_rng(1).normal(3, 2, (2, 5, 7, 4)).astype(np.float32)


def both(precision: str = "float32") -> tuple[Any, Any]:
    """The fused layer and Keras's, with the same weights."""
    quiet_tensorflow()
    import keras

    from slidelens.learning.networks.batch_normalisation import BatchNormalization

    rng = np.random.default_rng(2)
    layers = [
        kind(momentum=0.9, name="norm", dtype=precision)
        for kind in (BatchNormalization, keras.layers.BatchNormalization)
    ]
    weights = [rng.uniform(0.5, 1.5, 4) for _ in range(4)]
    for layer in layers:
        layer.build(VALUES.shape)
        layer.set_weights(weights)
    return layers[0], layers[1]


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-5), ("mixed_bfloat16", 0.02)])
@pytest.mark.parametrize("training", [False, True])
def test_outputs_gradients_and_moving_averages_are_those_of_keras(
    precision: str, tolerance: float, training: bool
) -> None:
    import tensorflow as tf

    results = []
    for layer in both(precision):
        values = tf.constant(VALUES, layer.compute_dtype)
        with tf.GradientTape() as tape:
            tape.watch(values)
            outputs = layer(values, training=training)
            loss = tf.reduce_sum(tf.cast(outputs, tf.float32) ** 3)
        gradients = tape.gradient(loss, [values, *layer.trainable_weights])
        results.append(
            [np.asarray(tf.cast(tensor, tf.float32)) for tensor in (outputs, *gradients)]
            + layer.get_weights()
        )
        assert outputs.dtype == layer.compute_dtype
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(
            ours, theirs, rtol=tolerance, atol=tolerance * np.abs(theirs).max()
        )


def test_a_frozen_layer_uses_its_moving_averages_and_keeps_them() -> None:
    layer, _ = both()
    layer.trainable, before = False, layer.get_weights()
    in_training = np.asarray(layer(VALUES, training=True))
    assert (in_training == np.asarray(layer(VALUES, training=False))).all()
    for old, new in zip(before, layer.get_weights(), strict=True):
        assert (old == new).all()


def test_networks_have_it() -> None:
    from slidelens.learning.networks.batch_normalisation import BatchNormalization
    from support.studies import small_network

    layers = small_network(2, 3).layers
    assert sum(isinstance(layer, BatchNormalization) for layer in layers) == 18
