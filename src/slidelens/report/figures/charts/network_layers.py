"""Layers of a network as built: their kinds, output sizes and connections."""

from __future__ import annotations

from dataclasses import dataclass

from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.networks.registry import build_network
from slidelens.learning.runtime import quiet_tensorflow


@dataclass(frozen=True)
class Layer:
    """A layer of a network.

    Attributes:
        name: name of the layer.
        kind: its Keras class.
        height: height of its output in pixels.
        width: width of its output in pixels.
        channels: channels of its output.
        inputs: names of the layers that feed it.
        weights: number of its weights, trainable or not.
        kernel: kernel, pool or upsampling size as height and width; empty if it has none.
        activation: its own activation, `linear` for none.
    """

    name: str
    kind: str
    height: int
    width: int
    channels: int
    inputs: tuple[str, ...]
    weights: int
    kernel: tuple[int, ...] = ()
    activation: str = "linear"


def network_title(metadata: WeightsMetadata) -> str:
    """Return a short description of the network of a weights file.

    All members of an ensemble are alike, so one of them is described.
    """
    network = f"{metadata.model.architecture}, {metadata.filters} filters"
    return network if metadata.members == 1 else f"One of {metadata.members} members, {network}"


def network_layers(metadata: WeightsMetadata, side_px: int) -> list[Layer]:
    """Return the layers of one member of a weights file's network, in order.

    Args:
        metadata: metadata of the weights file.
        side_px: side of the square image given to the network.
    """
    quiet_tensorflow()
    model = build_network(metadata.model, metadata.filters, len(metadata.statistics.bands))
    source: dict[int, str] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    layers = []
    for layer in model.layers:
        tensors = layer.input if isinstance(layer.input, list) else [layer.input]
        inputs = tuple(source[id(tensor)] for tensor in tensors if id(tensor) in source)
        shapes[layer.name] = _shape(layer, [shapes[name] for name in inputs], side_px)
        source[id(layer.output)] = layer.name
        _, height, width, channels = shapes[layer.name]
        layers.append(
            Layer(
                name=layer.name,
                kind=type(layer).__name__,
                height=height,
                width=width,
                channels=channels,
                inputs=inputs,
                weights=layer.count_params(),
                kernel=_kernel(layer),
                activation=_activation(layer),
            )
        )
    return layers


def _kernel(layer: object) -> tuple[int, ...]:
    """Return the size of a convolution's kernel, of a pool or of an upsampling."""
    return next(
        (
            tuple(getattr(layer, name))
            for name in ("kernel_size", "pool_size", "size")
            if hasattr(layer, name)
        ),
        (),
    )


def _activation(layer: object) -> str:
    return getattr(getattr(layer, "activation", None), "__name__", "linear")


def _shape(layer: object, inputs: list[tuple[int, ...]], side_px: int) -> tuple[int, ...]:
    if not inputs:
        return (1, side_px, side_px, layer.output.shape[-1])  # type: ignore[attr-defined]
    return tuple(layer.compute_output_shape(inputs if len(inputs) > 1 else inputs[0]))  # type: ignore[attr-defined]
