"""Ensembles: members with consecutive seeds in one Keras model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from slidelens.learning.networks.ensemble import build_members, members_of
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.params.schema import ModelParams


def build(members: int, seed: int) -> Any:
    quiet_tensorflow()
    return build_members(ModelParams(), 2, 3, members, seed=seed)


def equal(first: Sequence[Any], second: Sequence[Any]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_each_member_is_drawn_with_the_next_seed() -> None:
    first, second = members_of(build(2, seed=5))
    assert equal(first.get_weights(), build(1, seed=5).get_weights())
    assert equal(second.get_weights(), build(1, seed=6).get_weights())
    assert not equal(first.get_weights(), second.get_weights())


def test_a_single_member_is_the_network_itself() -> None:
    network = build(1, seed=5)
    assert members_of(network) == [network]
    assert [layer.name for layer in network.layers][:2] == ["image", "down1_conv1"]


def test_the_outputs_are_those_of_the_members_in_order() -> None:
    network = build(2, seed=5)
    pixels = np.random.default_rng(1).normal(size=(1, 16, 16, 3)).astype(np.float32)
    outputs = [output.numpy() for output in network(pixels)]
    assert len(outputs) == 2
    for output, member in zip(outputs, members_of(network), strict=True):
        np.testing.assert_array_equal(output, member(pixels).numpy())
