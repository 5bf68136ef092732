"""Figure 3: the network as built, one bar per feature map, one column per resolution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from slidelens.report.figures.charts.network_layers import Layer
from slidelens.report.figures.style import FigureWriter

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# These keep the size, and belong to the previous layer.
_NOT_DRAWN = ("BatchNormalization", "GroupNormalization", "ReLU", "Activation")
_KINDS = {
    "InputLayer": ("image", "#999999"),
    "Conv2D": ("convolution", "#0072B2"),
    "MaxPooling2D": ("max pooling", "#D55E00"),
    "Conv2DTranspose": ("transposed convolution", "#009E73"),
    "Concatenate": ("concatenation with the skip", "#CC79A7"),
    "UpSampling2D": ("upsampling", "#F0E442"),
}
_OTHER, _HEAD, _OTHER_SIZE = "#E69F00", "#000000", "#56B4E9"
_COMMON = (3, 3)  # of a convolution, with normalisation and ReLU before or after it
_GAP, _COLUMN_GAP = 0.35, 1.5
Bar = tuple[float, float, float, float]  # left, middle height, width, height


def draw_network(writer: FigureWriter, layers: Sequence[Layer], name: str) -> None:
    """Draw the layers that make feature maps.

    The height of a bar shows the image size, its width the number of channels, both as logarithms.

    Args:
        writer: where the figure goes.
        layers: layers in order, see `network_layers`.
        name: name of the network for the title.
    """
    drawn = [layer for layer in layers if layer.kind not in _NOT_DRAWN]
    with writer.figure("fig3_network", 10.0) as figure:
        axes = figure.add_subplot()
        places = layer_positions(drawn)
        _draw_links(axes, layers, places)
        for layer in drawn:
            _draw_bar(axes, layer, places[layer.name])
        _draw_sizes(axes, drawn, places)
        convolutions = sum(layer.kind == "Conv2D" for layer in drawn)
        weights = sum(layer.weights for layer in layers)
        axes.set_title(
            f"{name}: {convolutions} convolutions, {weights:,} weights",
            loc="left",
        )
        axes.set_axis_off()
        axes.autoscale_view()
        _draw_legend(axes, drawn)


def layer_label(layer: Layer) -> tuple[str, str]:
    """Return the legend entry of a layer, with its kernel as built, and its colour."""
    label, colour = _KINDS.get(layer.kind, (layer.kind, _OTHER))
    size = "×".join(map(str, layer.kernel))
    if layer.name == "probability":
        return f"{size} head with {layer.activation}", _HEAD
    if layer.kind != "Conv2D":
        return f"{size} {label}".strip(), colour
    if layer.kernel == _COMMON:
        return f"{size} {label}, with normalisation and ReLU", colour
    activation = "" if layer.activation == "linear" else f" with {layer.activation}"
    return f"{size} {label}{activation}", _OTHER_SIZE


def layer_positions(layers: Sequence[Layer]) -> dict[str, Bar]:
    """Place the layers from left to right in order, lower where the resolution is lower.

    Returns:
        By layer name: left edge, middle height, width and height of its bar.
    """
    places: dict[str, Bar] = {}
    x, highest = 0.0, math.log2(layers[0].height)
    for height, column in groupby(layers, lambda layer: layer.height):
        for layer in column:
            width = 0.12 * math.log2(layer.channels + 1)
            places[layer.name] = (
                x,
                -1.9 * (highest - math.log2(height)),
                width,
                0.45 + 0.22 * math.log2(height),
            )
            x += width + _GAP
        x += _COLUMN_GAP - _GAP
    return places


def _draw_bar(axes: Axes, layer: Layer, place: Bar) -> None:
    from matplotlib.patches import Rectangle

    x, y, width, height = place
    axes.add_patch(
        Rectangle(
            (x, y - height / 2),
            width,
            height,
            facecolor=layer_label(layer)[1],
            edgecolor="0.2",
            linewidth=0.4,
        )
    )
    axes.text(
        x + width / 2,
        y + height / 2 + 0.1,
        str(layer.channels),
        ha="center",
        va="bottom",
        fontsize=5.5,
    )


def _draw_links(axes: Axes, layers: Sequence[Layer], places: dict[str, Bar]) -> None:
    """Draw arrows from each bar to those it feeds, through layers not drawn; skips are dashed."""
    drawn_source: dict[str, str] = {}
    order = list(places)
    for layer in layers:
        drawn_source[layer.name] = (
            layer.name if layer.name in places else drawn_source[layer.inputs[0]]
        )
        for feeding in {drawn_source[name] for name in layer.inputs} - {drawn_source[layer.name]}:
            _draw_arrow(
                axes,
                places[feeding],
                places[layer.name],
                order.index(layer.name) - order.index(feeding) > 1,
            )


def _draw_arrow(axes: Axes, a: Bar, b: Bar, skip: bool) -> None:
    line = {
        "arrowstyle": "->",
        "color": "0.55" if skip else "0.2",
        "linewidth": 0.8 if skip else 0.6,
        "shrinkA": 0,
        "shrinkB": 0,
    }
    style = {"linestyle": (0, (4, 2))} if skip else {}
    axes.annotate(
        "",
        (b[0], b[1]),
        (a[0] + a[2], a[1]),
        arrowprops={**line, **style},
        zorder=0.5 if skip else 3,
    )


def _draw_sizes(axes: Axes, layers: Sequence[Layer], places: dict[str, Bar]) -> None:
    """Write the size of the feature maps under each column."""
    for _, column in groupby(layers, lambda layer: layer.height):
        run = list(column)
        (left, y, _, height), (x, _, width, _) = places[run[0].name], places[run[-1].name]
        axes.text(
            (left + x + width) / 2,
            y - height / 2 - 0.15,
            f"{run[0].height} × {run[0].width}",
            ha="center",
            va="top",
            fontsize=6,
        )


def _draw_legend(axes: Axes, layers: Sequence[Layer]) -> None:
    for label, colour in dict.fromkeys(map(layer_label, layers)):
        axes.plot([], [], color=colour, linewidth=5, label=label)
    axes.plot([], [], color="0.55", linestyle=(0, (4, 2)), label="skip")
    title = "number above a bar: channels; below: pixels"
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        ncols=3,
        frameon=False,
        title=title,
        title_fontsize=7,
    )
