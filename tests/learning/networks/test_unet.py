"""The U-Net: the paper's shape, and its receptive field."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from slidelens.learning.inference.windows import predict
from slidelens.learning.networks.layers import BLOCKS, STRIDE
from slidelens.learning.networks.registry import build_network
from slidelens.learning.networks.unet import receptive_radius
from slidelens.learning.runtime import compile_predictor
from slidelens.params.schema import ModelParams
from support.studies import small_network


def layers(network: Any, kind: str) -> list[Any]:
    return [layer for layer in network.layers if type(layer).__name__ == kind]


@pytest.fixture(scope="module")
def network() -> Any:
    return small_network(filters=2, bands=3)


def test_the_encoder_has_5_blocks_of_2_convolutions(network: Any) -> None:
    down = [layer for layer in layers(network, "Conv2D") if layer.name.startswith("down")]
    assert BLOCKS == 5
    assert len(down) == 10
    assert {layer.kernel_size for layer in down} == {(3, 3)}
    assert [layer.filters for layer in down] == [2, 2, 4, 4, 8, 8, 16, 16, 32, 32]


def test_the_decoder_mirrors_it(network: Any) -> None:
    assert [layer.filters for layer in layers(network, "Conv2DTranspose")] == [16, 8, 4, 2]
    up = [layer.filters for layer in layers(network, "Conv2D") if layer.name.startswith("up")]
    assert up == [16, 16, 8, 8, 4, 4, 2, 2]
    # as many from the skip as from below
    assert [layer.output.shape[-1] for layer in layers(network, "Concatenate")] == [32, 16, 8, 4]


def test_every_convolution_is_normalised_and_rectified(network: Any) -> None:
    assert len(layers(network, "BatchNormalization")) == len(layers(network, "ReLU")) == 18
    assert {layer.momentum for layer in layers(network, "BatchNormalization")} == {0.9}


@pytest.mark.parametrize("filters", [8, 16, 32])
def test_widths_follow_the_filters(filters: int) -> None:
    network = build_network(ModelParams(), filters, bands=5)
    assert network.get_layer("down1_conv1").kernel.shape == (3, 3, 5, filters)
    assert network.get_layer("down5_conv2").filters == 16 * filters
    assert network.get_layer("up1_conv2").filters == filters


def test_the_number_of_weights_by_hand() -> None:
    # 1 filter, 1 band, widths 1 2 4 8 16. Convolutions of the encoder
    # 9·(1·1 + 1·1 + 1·2 + 2·2 + 2·4 + 4·4 + 4·8 + 8·8 + 8·16 + 16·16) = 9·512, transposed ones
    # 4·(16·8 + 8·4 + 4·2 + 2·1) + 15 biases = 695, of the decoder
    # 9·(16·8 + 8·8 + 8·4 + 4·4 + 4·2 + 2·2 + 2·1 + 1·1) = 9·255, normalisation 4 a channel
    # 4·(2·31 + 2·15) = 368, head 1 + 1.
    assert (
        build_network(ModelParams(), 1, bands=1).count_params() == 9 * 512 + 695 + 9 * 255 + 368 + 2
    )


def test_probabilities_of_any_size_that_16_divides(network: Any) -> None:
    probability = network(
        np.random.default_rng(1).normal(size=(2, 48, 80, 3)).astype(np.float32)
    ).numpy()
    assert probability.shape == (2, 48, 80, 1)
    assert probability.dtype == np.float32
    assert (probability > 0).all()
    assert (probability < 1).all()


def test_half_precision_ends_in_full() -> None:
    network = build_network(ModelParams(), 2, 3, precision="mixed_bfloat16")
    assert network.get_layer("down1_conv1").compute_dtype == "bfloat16"
    assert network.get_layer("down1_conv1").kernel.dtype == "float32"
    assert network.output.dtype == "float32"


def test_the_radius_is_that_of_the_receptive_field() -> None:
    """Weights of 1 let a pulse through on every path; measured from 16 positions in a stride."""
    network = build_network(ModelParams(), 1, bands=1)
    for layer in network.layers:
        if hasattr(layer, "kernel"):
            layer.kernel.assign(np.ones(layer.kernel.shape, np.float32))
    side, reach = 2 * receptive_radius() + 5 * STRIDE, 0
    middle = side // 2 // STRIDE * STRIDE
    pulses = np.zeros((STRIDE, side, side, 1), np.float32)
    pulses[np.arange(STRIDE), middle + np.arange(STRIDE), middle + np.arange(STRIDE)] = 1
    for position, output in enumerate(compile_predictor(network)(pulses), start=middle):
        rows, columns = np.nonzero(output != 0.5)
        reach = max(
            reach, int(np.abs(rows - position).max()), int(np.abs(columns - position).max())
        )
    assert reach <= receptive_radius() < reach + STRIDE
    assert receptive_radius() % STRIDE == 0


@pytest.mark.parametrize("shape", [(150, 333), (17, 260)])
def test_windows_equal_the_whole_scene(network: Any, shape: tuple[int, int]) -> None:
    """No seam and no lost edge, within the rounding of float32."""
    pixels = np.random.default_rng(1).normal(size=(*shape, 3)).astype(np.float32)
    pixels[40:60, 100:130] = 0  # nodata
    call = compile_predictor(network)
    whole = predict(pixels, call, 4096, receptive_radius(), STRIDE)
    windowed = predict(
        pixels, call, 2 * receptive_radius() + 4 * STRIDE, receptive_radius(), STRIDE
    )
    assert whole.shape == shape
    assert np.isfinite(whole).all()
    assert whole.std() > 1e-3
    np.testing.assert_allclose(windowed, whole, atol=2e-6)


def test_too_narrow_a_margin_shows(network: Any) -> None:
    pixels = np.random.default_rng(1).normal(size=(96, 160, 3)).astype(np.float32)
    call = compile_predictor(network)
    whole = predict(pixels, call, 4096, receptive_radius(), STRIDE)
    assert np.abs(predict(pixels, call, 64, 16, STRIDE) - whole).max() > 1e-4
