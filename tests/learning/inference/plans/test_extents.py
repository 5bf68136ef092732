"""The core of a tile is computed from as little around it as it needs."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from slidelens.learning.inference.engines.tensorflow import compile_tensorflow
from slidelens.learning.inference.plans.extents import Extents, extents_of, margin_of, scales_of
from slidelens.learning.inference.plans.plan import Plan, plan_of
from slidelens.learning.networks.registry import build_network, receptive_radius
from slidelens.learning.runtime import compile_predictor, quiet_tensorflow
from slidelens.params.schema import ModelParams
from slidelens.types import Float32
from support.learning.networks import architectures

FILTERS, BANDS, STRIDE = 2, 3, 16


@cache
def trained(architecture: str, normalisation: str = "batch") -> Any:
    """A network whose normalisations do something."""
    quiet_tensorflow()
    import keras

    keras.utils.set_random_seed(1)
    model = ModelParams(architecture=architecture, normalisation=normalisation)  # type: ignore[arg-type]
    network, random = build_network(model, FILTERS, BANDS), np.random.default_rng(1)
    network.set_weights(
        [
            weight + np.abs(random.normal(scale=0.1, size=weight.shape)) * (weight.ndim == 1)
            for weight in network.get_weights()
        ]
    )
    return network


def plan_and_extents(architecture: str) -> tuple[Plan, Extents]:
    plan = plan_of(trained(architecture))
    extents = extents_of(plan)
    assert extents is not None
    return plan, extents


def tile(rows: int, columns: int, margin: int, seed: int = 1) -> Float32:
    shape = (STRIDE * rows + 2 * margin, STRIDE * columns + 2 * margin, BANDS)
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@cache
def compiled(architecture: str, cropped: bool) -> tuple[Any, int]:
    plan, extents = plan_and_extents(architecture)
    margin = margin_of(plan, extents)
    return compile_tensorflow(plan, extents if cropped else None, margin, "float32"), margin


@architectures
@settings(max_examples=4, deadline=None)
@given(rows=st.integers(1, 4), columns=st.integers(1, 4), seed=st.integers(0, 99))
def test_the_core_is_that_of_the_whole_tile(
    architecture: str, rows: int, columns: int, seed: int
) -> None:
    cropped, margin = compiled(architecture, cropped=True)
    whole, _ = compiled(architecture, cropped=False)
    pixels = tile(rows, columns, margin, seed)
    np.testing.assert_allclose(cropped(pixels), whole(pixels), rtol=0, atol=1e-6)


@architectures
def test_a_larger_margin_changes_nothing(architecture: str) -> None:
    """The margin is all that the core sees: with more around it the network says the same."""
    call, margin = compiled(architecture, cropped=True)
    pixels = tile(2, 3, margin + STRIDE)
    network, m = compile_predictor(trained(architecture)), margin + STRIDE
    np.testing.assert_allclose(
        call(pixels[STRIDE:-STRIDE, STRIDE:-STRIDE]),
        network(pixels[None])[0, m:-m, m:-m],
        atol=1e-5,
    )


@architectures
def test_no_margin_is_larger_than_the_receptive_radius(architecture: str) -> None:
    plan, extents = plan_and_extents(architecture)
    radius = receptive_radius(ModelParams(architecture=architecture))  # type: ignore[arg-type]
    assert 0 < margin_of(plan, extents) <= radius
    assert margin_of(plan, extents) % STRIDE == 0


def test_the_last_convolutions_are_computed_on_little_more_than_the_core() -> None:
    """By hand: the head reaches 0, the two convolutions before it 1 and 2 pixels."""
    plan, extents = plan_and_extents("unet")
    by_name = {step.name: step for step in plan.steps}
    assert extents.needed["probability"] == (0, 0)
    assert extents.needed["up1_relu2"] == (1, 1)
    assert extents.needed["up1_relu1"] == (2, 2)
    assert extents.available["up1_skip"] == 2
    assert (
        extents.crop(by_name["up1_skip"], "down1_relu2")
        == (extents.available["down1_relu2"] - 2,) * 2
    )
    assert extents.available["up1_transposed"] == 2
    assert scales_of(plan)["down5_relu2"] == 16


def test_group_normalisation_needs_the_whole_tile() -> None:
    assert extents_of(plan_of(trained("unet", "group"))) is None
