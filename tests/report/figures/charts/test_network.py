"""Positions, labels and the figure of the network."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from slidelens.report.figures.charts.network import draw_network, layer_label, layer_positions
from slidelens.report.figures.charts.network_layers import Layer
from slidelens.report.figures.style import FigureWriter

LAYERS = [
    Layer("image", "InputLayer", 32, 32, 3, (), 0),
    Layer("down1_conv1", "Conv2D", 32, 32, 4, ("image",), 108, (3, 3)),
    Layer("pool1", "MaxPooling2D", 16, 16, 4, ("down1_conv1",), 0, (2, 2)),
    Layer("down2_conv1", "Conv2D", 16, 16, 8, ("pool1",), 288, (3, 3)),
    Layer("relu", "ReLU", 16, 16, 8, ("down2_conv1",), 0),
    Layer("up1", "Conv2DTranspose", 32, 32, 4, ("relu",), 128, (2, 2)),
    Layer("skip", "Concatenate", 32, 32, 8, ("up1", "down1_conv1"), 0),
    Layer("probability", "Conv2D", 32, 32, 1, ("skip",), 8, (1, 1), "sigmoid"),
]


def test_layers_follow_each_other_and_low_resolutions_are_lower() -> None:
    positions = layer_positions(LAYERS)
    edges = [(x, x + width) for x, _, width, _ in positions.values()]
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(edges))
    assert positions["down2_conv1"][1] < positions["down1_conv1"][1] == positions["up1"][1]
    assert positions["down2_conv1"][3] < positions["down1_conv1"][3]


@pytest.mark.parametrize(
    ("layer", "label"),
    [
        (LAYERS[0], "image"),
        (LAYERS[-1], "1×1 head with sigmoid"),
        (Layer("gate", "Conv2D", 8, 8, 2, (), 0, (1, 1)), "1×1 convolution"),
        (
            Layer("gate", "Conv2D", 8, 8, 2, (), 0, (1, 1), "sigmoid"),
            "1×1 convolution with sigmoid",
        ),
        (Layer("sum", "Add", 8, 8, 2, (), 0), "Add"),
    ],
)
def test_labels_name_kind_kernel_and_activation(layer: Layer, label: str) -> None:
    assert layer_label(layer)[0] == label


def test_arrows_pass_through_layers_that_are_not_drawn(tmp_path: Path) -> None:
    """The ReLU has no bar; its input feeds `up1`, so the figure is drawn without it."""
    draw_network(FigureWriter(tmp_path), LAYERS, "a network")
    with_relu = (tmp_path / "fig3_network.png").read_bytes()
    bypassed = Layer("up1", "Conv2DTranspose", 32, 32, 4, ("down2_conv1",), 128, (2, 2))
    without = [bypassed if layer.name == "up1" else layer for layer in LAYERS]
    without = [layer for layer in without if layer.name != "relu"]
    draw_network(FigureWriter(tmp_path), without, "a network")
    assert (tmp_path / "fig3_network.png").read_bytes() == with_relu
