"""Frozen layers stay as they are, and the encoder has its own learning rate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from slidelens.learning.training.optimizer import adam, freeze
from support.studies import small_network


def step(network: Any, encoder_lr_share: float = 1.0) -> dict[str, float]:
    """The largest change of each layer's weights and moving averages in one step of rate 0.01."""
    import tensorflow as tf

    before = {layer.name: layer.get_weights() for layer in network.layers}
    # Eagerly: for a single step tracing would take far longer than computing.
    network.compile(adam(network, 0.01, encoder_lr_share), "mse", run_eagerly=True)
    rng = np.random.default_rng(1)
    network.train_on_batch(
        tf.constant(rng.normal(size=(2, 32, 32, 3)), tf.float32), tf.ones((2, 32, 32, 1))
    )
    return {
        layer.name: max(
            float(np.abs(new - old).max())
            for new, old in zip(layer.get_weights(), before[layer.name], strict=True)
        )
        for layer in network.layers
        if layer.weights
    }


@pytest.mark.parametrize("architecture", ["unet", pytest.param("resunet", marks=pytest.mark.long)])
@pytest.mark.parametrize(
    ("which", "moving"),
    [
        ("none", {"down", "up", "probability"}),
        ("encoder", {"up", "probability"}),
        ("all_but_head", {"probability"}),
    ],
)
def test_only_layers_that_are_not_frozen_change(
    architecture: str, which: str, moving: set[str]
) -> None:
    """Moving averages are among the weights: those of frozen layers stay too."""
    network = small_network(2, 3, architecture=architecture)
    freeze(network, which)
    for name, change in step(network).items():
        assert (change > 0) == name.startswith(tuple(moving)), name


def test_a_frozen_network_thaws() -> None:
    network = small_network(2, 3)
    freeze(network, "all_but_head")
    freeze(network, "none")
    assert all(layer.trainable for layer in network.layers)
    assert len(network.trainable_weights) > 50


def test_the_encoder_learns_at_its_own_rate() -> None:
    """Adam's first step is nearly the learning rate: 0.01, and 0.1 · 0.01 in the encoder."""
    changes = step(small_network(2, 3), encoder_lr_share=0.1)
    convolutions = {name: change for name, change in changes.items() if "_conv" in name}
    assert {name.startswith("down") for name in convolutions} == {True, False}
    for name, change in convolutions.items():
        assert change == pytest.approx(0.001 if name.startswith("down") else 0.01, rel=0.2), name
