"""A network as built, in words that can be drawn: its layers, their output sizes and what feeds what."""

from __future__ import annotations

from dataclasses import dataclass

from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.networks.registry import build_network
from slidelens.learning.runtime import quiet_tensorflow


@dataclass(frozen=True)
class Layer:
    """One layer.

    kind: its Keras class; height, width, channels: of its output; inputs: the layers that feed it; weights: trained and kept

    kernel: pixels that it looks at or makes of one, high and wide, empty where it has none; activation: of its own, `linear` for none
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


def named(card: WeightsMetadata) -> str:
    """The network that a weights file is for in a few words; of several members, which are alike, one."""
    network = f"{card.model.architecture}, {card.filters} filters"
    return network if card.members == 1 else f"One of {card.members} members, {network}"


def network_layers(card: WeightsMetadata, side_px: int) -> list[Layer]:
    """The layers of the network that a weights file is for, of one member, in order. side_px: of the square image that it is shown."""
    quiet_tensorflow()
    model = build_network(card.model, card.filters, len(card.statistics.bands))
    made_by: dict[int, str] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    layers = []
    for layer in model.layers:
        tensors = layer.input if isinstance(layer.input, list) else [layer.input]
        inputs = tuple(made_by[id(tensor)] for tensor in tensors if id(tensor) in made_by)
        shapes[layer.name] = _shape(layer, [shapes[name] for name in inputs], side_px)
        made_by[id(layer.output)] = layer.name
        _, height, width, channels = shapes[layer.name]
        told = (_kernel(layer), getattr(getattr(layer, "activation", None), "__name__", "linear"))
        layers.append(
            Layer(
                layer.name,
                type(layer).__name__,
                height,
                width,
                channels,
                inputs,
                layer.count_params(),
                *told,
            )
        )
    return layers


def _kernel(layer: object) -> tuple[int, ...]:
    """What Keras calls the size of a convolution's kernel, of a pool or of an enlargement."""
    return next(
        (
            tuple(getattr(layer, name))
            for name in ("kernel_size", "pool_size", "size")
            if hasattr(layer, name)
        ),
        (),
    )


def _shape(layer: object, inputs: list[tuple[int, ...]], side_px: int) -> tuple[int, ...]:
    if not inputs:
        return (1, side_px, side_px, layer.output.shape[-1])  # type: ignore[attr-defined]
    return tuple(layer.compute_output_shape(inputs if len(inputs) > 1 else inputs[0]))  # type: ignore[attr-defined]
