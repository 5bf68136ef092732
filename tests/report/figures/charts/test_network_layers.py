"""Layers of a network as built."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slidelens.params.schema import ModelParams
from slidelens.report.figures.charts.network import layer_label
from slidelens.report.figures.charts.network_layers import Layer, network_layers, network_title
from support.report.results import weights_metadata


@pytest.fixture(scope="module")
def layers() -> list[Layer]:
    return network_layers(weights_metadata(ModelParams()), side_px=32)


def test_layers_are_those_of_the_network_as_built(layers: list[Layer]) -> None:
    """In 5 blocks 4 filters double to 64 while 32 pixels halve to 2.

    There are 10 convolutions down, 8 up, and the head.
    """
    by_name = {layer.name: layer for layer in layers}
    bottom, head = by_name["down5_conv2"], by_name["probability"]
    assert (bottom.height, bottom.width, bottom.channels) == (2, 2, 64)
    assert (head.height, head.width, head.channels) == (32, 32, 1)
    assert (by_name["image"].channels, by_name["image"].inputs) == (3, ())
    assert sum(layer.kind == "Conv2D" for layer in layers) == 19
    assert by_name["up1_skip"].inputs == ("up1_transposed", "down1_relu2")
    assert by_name["down1_conv1"].weights == 3 * 3 * 3 * 4


def test_labels_give_the_kernels_as_built(layers: list[Layer]) -> None:
    by_name = {layer.name: layer for layer in layers}
    labels = [
        layer_label(by_name[name])
        for name in ("down1_conv1", "pool1", "up1_transposed", "probability")
    ]
    assert [label for label, _ in labels] == [
        "3×3 convolution, with normalisation and ReLU",
        "2×2 max pooling",
        "2×2 transposed convolution",
        "1×1 head with sigmoid",
    ]
    assert len({colour for _, colour in labels}) == 4


def test_one_member_stands_for_all(layers: list[Layer]) -> None:
    metadata = weights_metadata(ModelParams())
    assert network_title(metadata) == "unet, 4 filters"
    ensemble = replace(metadata, members=3)
    assert network_title(ensemble) == "One of 3 members, unet, 4 filters"
    assert network_layers(ensemble, side_px=32) == layers
