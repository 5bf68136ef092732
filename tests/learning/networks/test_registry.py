"""All architectures: sizes, receptive fields, seams, weights files, and names of layers."""

from __future__ import annotations

from pathlib import Path

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
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.params.schema import ModelParams
from slidelens.types import Float32
from support.learning.networks import architectures
from support.studies import BANDS, small_network


def test_every_architecture_of_the_parameters_is_registered() -> None:
    assert set(ModelParams.model_fields["architecture"].annotation.__args__) == set(ARCHITECTURES)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("architecture", "radius"),
    [
        # convolutions 2·(1+2+4+8+16) in the encoder and 2·(1+2+4+8) in the decoder, poolings
        # 1+2+4+8: 107, rounded up to a multiple of 16
        ("unet", 112),
        # and 1+2+4+8 for the gates: 122
        ("attention_unet", 128),
        # first convolutions 1+1+2+4+8, second ones 1+2+4+8+16, decoder 30, halvings 15: 92
        ("resunet", 96),
        ("unet_plus_plus", 112),
    ],
)
def test_the_radius_by_hand(architecture: str, radius: int) -> None:
    assert receptive_radius(ModelParams(architecture=architecture)) == radius  # type: ignore[arg-type]


@architectures
def test_the_radius_is_that_of_the_receptive_field(architecture: str) -> None:
    """Where the derivative of a probability is not 0, for each of the 16 positions in a stride.

    Kernels that average keep every path open and every value near 1. Of equal pixels a pooling
    takes one: rising and falling images are both needed to open all paths.
    """
    import tensorflow as tf

    quiet_tensorflow()
    model = ModelParams(architecture=architecture)  # type: ignore[arg-type]
    network, radius = build_network(model, 1, bands=1), receptive_radius(model)
    network.trainable = False  # no derivatives by weights are needed
    for layer in network.layers:
        if hasattr(layer, "kernel"):
            layer.kernel.assign(
                np.full(layer.kernel.shape, 1 / np.prod(layer.kernel.shape[:3]), np.float32)
            )
    head = network.get_layer("probability")
    head.kernel.assign(1e-3 * head.kernel)  # residual blocks add up: far from 1
    side = 2 * radius + 4 * STRIDE
    positions = side // 2 // STRIDE * STRIDE + np.arange(STRIDE)
    rising = np.add.outer(np.arange(side), np.arange(side))[..., None] / side + 1
    reach = 0
    for image in (rising, rising[::-1, ::-1]):
        pixels = tf.constant(np.repeat(image[None], STRIDE, axis=0), tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            probability = tf.gather_nd(
                network(pixels, training=False)[..., 0],
                np.stack([np.arange(STRIDE), positions, positions], axis=1),
            )
        derivative = tape.gradient(probability, pixels).numpy()[..., 0]
        for position, image_derivative in zip(positions, derivative, strict=True):
            offsets = [np.abs(axis - position) for axis in np.nonzero(image_derivative)]
            reach = max(reach, *(int(offset.max()) for offset in offsets))
    assert reach <= radius < reach + STRIDE


@architectures
def test_windows_equal_the_whole_scene(architecture: str) -> None:
    model = ModelParams(architecture=architecture)  # type: ignore[arg-type]
    network, radius = small_network(2, 3, architecture=architecture), receptive_radius(model)

    def call(window: Float32) -> Float32:
        """Not compiled: tracing would take longer than computing."""
        output: Float32 = network(window, training=False).numpy()[..., 0]
        return output

    pixels = np.random.default_rng(1).normal(size=(70, 333, 3)).astype(np.float32)
    pixels[40:60, 100:130] = 0  # nodata
    whole = predict(pixels, call, 4096, radius, STRIDE)
    windowed = predict(pixels, call, 2 * radius + 4 * STRIDE, radius, STRIDE)
    assert np.isfinite(whole).all()
    assert whole.std() > 1e-3
    np.testing.assert_allclose(windowed, whole, atol=3e-6)


@architectures
@pytest.mark.parametrize("normalisation", ["batch", "group"])
def test_probabilities_of_any_size_that_16_divides(architecture: str, normalisation: str) -> None:
    quiet_tensorflow()
    model = ModelParams(architecture=architecture, normalisation=normalisation)  # type: ignore[arg-type]
    network = build_network(model, 2, 3, precision="mixed_bfloat16")
    pixels = np.random.default_rng(1).normal(size=(2, 48, 80, 3)).astype(np.float32)
    # Normalised by the batch: with untrained averages the values of residual blocks would grow.
    probability = network(pixels, training=True).numpy()
    assert probability.shape == (2, 48, 80, 1)
    assert probability.dtype == np.float32
    assert network.name == architecture
    assert (probability > 0).all()
    assert (probability < 1).all()


@architectures
def test_a_weights_file_holds_its_architecture_and_is_enough_to_predict(
    architecture: str, tmp_path: Path
) -> None:
    model = ModelParams(architecture=architecture)  # type: ignore[arg-type]
    network, path = small_network(2, 3, architecture=architecture), tmp_path / "2015.weights.h5"
    metadata = WeightsMetadata(
        model=model,
        filters=2,
        statistics=BandStatistics(BANDS, (0.1, 200.0, 1 / 3), (1.0, 2.5, 3e-7), 17),
        pixel_m=10.0,
        threshold=0.41,
        trained_on=("pretrain", "2015"),
    )
    save_weights(network, metadata, path)
    assert read_weights_metadata(path) == metadata
    pixels = np.random.default_rng(1).normal(size=(1, 32, 32, 3)).astype(np.float32)
    np.testing.assert_allclose(
        load_network(path)[1](pixels), network(pixels).numpy()[..., 0], atol=1e-4
    )
    requested = ModelParams(architecture="unet" if architecture != "unet" else "resunet")
    with pytest.raises(
        WeightsError,
        match=f"holds a {architecture} with 2 filters .*, "
        f"params.yaml asks for a {requested.architecture} with 2",
    ):
        require_architecture(metadata, requested, 2, 1, path)


@architectures
def test_every_weight_learns(architecture: str) -> None:
    """At a size for which TensorFlow uses its fast routines for the processor."""
    import tensorflow as tf

    network = small_network(8, 3, architecture=architecture)
    pixels = tf.constant(np.random.default_rng(1).normal(size=(4, 64, 64, 3)), tf.float32)
    with tf.GradientTape() as tape:
        mean = tf.reduce_mean(network(pixels, training=True))
    for weights, gradient in zip(
        network.trainable_variables, tape.gradient(mean, network.trainable_variables), strict=True
    ):
        assert np.isfinite(gradient).all(), weights.path
        assert np.abs(gradient).max() > 0, weights.path


@architectures
def test_layers_are_named_by_the_path_they_are_in(architecture: str) -> None:
    network = small_network(2, 3, architecture=architecture)
    prefixes = {
        layer.name.rstrip("0123456789_").split("_")[0].rstrip("0123456789")
        for layer in network.layers
        if layer.weights
    }
    assert prefixes == {"down", "up", "probability"}
