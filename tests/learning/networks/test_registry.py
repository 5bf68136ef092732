"""All networks behind one interface: sizes, how far each looks, seams, weights files, names that freezing goes by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slidelens.dataset.standardisation import BandStatistics
from slidelens.errors import WeightsError
from slidelens.learning.inference.loading import load_network
from slidelens.learning.inference.weights import (
    WeightsMetadata,
    read_weights_metadata,
    require_architecture,
    save_weights,
)
from slidelens.learning.inference.windows import predict
from slidelens.learning.networks.layers import STRIDE
from slidelens.learning.networks.registry import ARCHITECTURES, build_network, receptive_radius
from slidelens.learning.runtime import compile_predictor, quiet_tensorflow
from slidelens.params.schema import ModelParams
from support.studies import BANDS, small_network

every = pytest.mark.parametrize("architecture", ARCHITECTURES)


def test_every_architecture_of_the_parameters_is_there() -> None:
    assert set(ModelParams.model_fields["architecture"].annotation.__args__) == set(ARCHITECTURES)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("architecture", "radius"),
    [
        # convolutions 2·(1+2+4+8+16) going down and 2·(1+2+4+8) going up, poolings 1+2+4+8: 107, rounded up to a multiple of 16
        ("unet", 112),
        # and 1+2+4+8 for the gates: 122
        ("attention_unet", 128),
        # first convolutions 1+1+2+4+8, second ones 1+2+4+8+16, up 30, halvings 15: 92
        ("resunet", 96),
        ("unet_plus_plus", 112),
    ],
)
def test_the_radius_by_hand(architecture: str, radius: int) -> None:
    assert receptive_radius(ModelParams(architecture=architecture)) == radius  # type: ignore[arg-type]


@every
def test_the_radius_is_what_the_network_looks_at(architecture: str) -> None:
    """Where the derivative of a probability is not 0, from each of the 16 places in a stride.

    Kernels that average keep every way open and every value near 1; of equal pixels a pooling takes one, so that rising and falling
    images are both needed to open all of them.
    """
    import tensorflow as tf

    quiet_tensorflow()
    model = ModelParams(architecture=architecture)  # type: ignore[arg-type]
    network, radius = build_network(model, 1, bands=1), receptive_radius(model)
    network.trainable = False  # the derivatives by weights are not asked for
    for layer in network.layers:
        if hasattr(layer, "kernel"):
            layer.kernel.assign(
                np.full(layer.kernel.shape, 1 / np.prod(layer.kernel.shape[:3]), np.float32)
            )
    network.get_layer("probability").kernel.assign(
        1e-3 * network.get_layer("probability").kernel
    )  # residual blocks add up: far from 1
    side = 2 * radius + 4 * STRIDE
    places = side // 2 // STRIDE * STRIDE + np.arange(STRIDE)
    rising = np.add.outer(np.arange(side), np.arange(side))[..., None] / side + 1
    reach = 0
    for image in (rising, rising[::-1, ::-1]):
        pixels = tf.constant(np.repeat(image[None], STRIDE, axis=0), tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            seen = tf.gather_nd(
                network(pixels, training=False)[..., 0],
                np.stack([np.arange(STRIDE), places, places], axis=1),
            )
        change = tape.gradient(seen, pixels).numpy()[..., 0]
        for place, one in zip(places, change, strict=True):
            reach = max(reach, *(int(np.abs(at - place).max()) for at in np.nonzero(one)))
    assert reach <= radius < reach + STRIDE


@every
def test_windows_are_as_good_as_the_whole_scene(architecture: str) -> None:
    model = ModelParams(architecture=architecture)  # type: ignore[arg-type]
    call, radius = (
        compile_predictor(small_network(2, 3, architecture=architecture)),
        receptive_radius(model),
    )
    pixels = np.random.default_rng(1).normal(size=(70, 333, 3)).astype(np.float32)
    pixels[40:60, 100:130] = 0  # nodata
    whole = predict(pixels, call, 4096, radius, STRIDE)
    windowed = predict(pixels, call, 2 * radius + 4 * STRIDE, radius, STRIDE)
    assert np.isfinite(whole).all()
    assert whole.std() > 1e-3
    np.testing.assert_allclose(windowed, whole, atol=3e-6)


@every
@pytest.mark.parametrize("normalisation", ["batch", "group"])
def test_probabilities_of_any_size_that_16_divides(architecture: str, normalisation: str) -> None:
    quiet_tensorflow()
    model = ModelParams(architecture=architecture, normalisation=normalisation)  # type: ignore[arg-type]
    network = build_network(model, 2, 3, precision="mixed_bfloat16")
    pixels = np.random.default_rng(1).normal(size=(2, 48, 80, 3)).astype(np.float32)
    got = network(
        pixels, training=True
    ).numpy()  # normalised by what it sees: untrained averages let residual blocks grow
    assert got.shape == (2, 48, 80, 1)
    assert got.dtype == np.float32
    assert network.name == architecture
    assert (got > 0).all()
    assert (got < 1).all()


@every
def test_a_weights_file_says_its_architecture_and_is_enough_to_predict(
    architecture: str, tmp_path: Path
) -> None:
    model = ModelParams(architecture=architecture)  # type: ignore[arg-type]
    network, path = small_network(2, 3, architecture=architecture), tmp_path / "2015.weights.h5"
    card = WeightsMetadata(
        model,
        2,
        BandStatistics(BANDS, (0.1, 200.0, 1 / 3), (1.0, 2.5, 3e-7), 17),
        10.0,
        0.41,
        ("pretrain", "2015"),
    )
    save_weights(network, card, path)
    assert read_weights_metadata(path) == card
    pixels = np.random.default_rng(1).normal(size=(1, 32, 32, 3)).astype(np.float32)
    np.testing.assert_allclose(
        load_network(path)[1](pixels), network(pixels).numpy()[..., 0], atol=1e-6
    )
    other = ModelParams(architecture="unet" if architecture != "unet" else "resunet")
    with pytest.raises(
        WeightsError,
        match=f"holds a {architecture} with 2 filters .*, params.yaml asks for a {other.architecture} with 2",
    ):
        require_architecture(card, other, 2, 1, path)


@every
def test_every_weight_learns(architecture: str) -> None:
    """In a size in which TensorFlow takes its fast routines for the processor."""
    import tensorflow as tf

    network = small_network(8, 3, architecture=architecture)
    pixels = tf.constant(np.random.default_rng(1).normal(size=(4, 64, 64, 3)), tf.float32)
    with tf.GradientTape() as tape:
        mean = tf.reduce_mean(network(pixels, training=True))
    for weights, change in zip(
        network.trainable_variables, tape.gradient(mean, network.trainable_variables), strict=True
    ):
        assert np.isfinite(change).all(), weights.path
        assert np.abs(change).max() > 0, weights.path


def names(network: Any) -> set[str]:
    return {layer.name for layer in network.layers if layer.weights}


def test_attention_dims_each_of_the_4_skips() -> None:
    network = small_network(2, 3, architecture="attention_unet")
    assert [layer.name for layer in network.layers if type(layer).__name__ == "Multiply"] == [
        f"up{n}_gate_dimmed" for n in (4, 3, 2, 1)
    ]
    assert network.get_layer("up1_gate_share").output.shape[-1] == 1


def test_residual_blocks_add_and_do_not_pool() -> None:
    network = small_network(2, 3, architecture="resunet")
    assert len([layer for layer in network.layers if type(layer).__name__ == "Add"]) == 9
    assert {
        layer.pool_size for layer in network.layers if type(layer).__name__ == "MaxPooling2D"
    } == {(1, 1)}  # every other pixel as it is
    assert {
        layer.name
        for layer in network.layers
        if getattr(layer, "strides", None) == (2, 2) and layer.name.endswith("conv1")
    } == {f"down{block}_conv1" for block in (2, 3, 4, 5)}


def test_nested_blocks_join_all_that_came_before() -> None:
    network = small_network(2, 3, architecture="unet_plus_plus")
    assert (
        len([layer for layer in network.layers if type(layer).__name__ == "Concatenate"]) == 10
    )  # 4 + 3 + 2 + 1
    assert (
        network.get_layer("up1_4_skip").output.shape[-1] == 5 * 2
    )  # the raised block and the four of the first row


@every
def test_layers_are_called_by_the_path_they_are_in(architecture: str) -> None:
    prefixes = {
        name.rstrip("0123456789_").split("_")[0].rstrip("0123456789")
        for name in names(small_network(2, 3, architecture=architecture))
    }
    assert prefixes == {"down", "up", "probability"}
