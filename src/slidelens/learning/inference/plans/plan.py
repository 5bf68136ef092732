"""A trained network as a list of steps on arrays, which any engine can compute.

Batch normalisations become part of the convolutions before them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from slidelens.types import Float32

if TYPE_CHECKING:
    import keras

Kind = Literal[
    "convolution",
    "transposed",
    "pool",
    "scale",
    "group_normalisation",
    "relu",
    "sigmoid",
    "concatenate",
    "add",
    "multiply",
    "nearest",
    "bilinear",
]
_ELEMENTWISE: dict[str, Kind] = {
    "ReLU": "relu",
    "Concatenate": "concatenate",
    "Add": "add",
    "Multiply": "multiply",
}


@dataclass(frozen=True, eq=False)
class Step:
    """One operation of a network.

    Attributes:
        kind: The operation.
        name: Name of its result.
        inputs: Names of the results that it takes.
        kernel: (height, width, in, out) of a convolution; (height, width, out, in) of a
            transposed one; (channels,) factors of scale and group normalisation.
        bias: (out,) summands; None for none.
        size: Side of the kernel, or of the square that is pooled.
        stride: Pixels of the input per pixel of the output, or the other way round when
            upsampling.
        activation: What a convolution ends with.
        groups: Groups of channels of a group normalisation.
        epsilon: Added to the variance by a group normalisation.
    """

    kind: Kind
    name: str
    inputs: tuple[str, ...]
    kernel: Float32 | None = None
    bias: Float32 | None = None
    size: int = 1
    stride: int = 1
    activation: Literal["none", "relu", "sigmoid"] = "none"
    groups: int = 1
    epsilon: float = 0.0


@dataclass(frozen=True, eq=False)
class Plan:
    """The steps of a network, in the order of computation.

    Attributes:
        image: Name of the input.
        bands: Bands of the input.
        steps: Steps; the last one gives the output, one channel.
    """

    image: str
    bands: int
    steps: tuple[Step, ...]


def plan_of(network: keras.Model) -> Plan:
    """Return the steps of a network, with its weights, in float32.

    Args:
        network: One of `registry.build_network`.
    """
    names: dict[int, str] = {id(network.input): "image"}
    steps: list[Step] = []
    for layer in network.layers:
        if type(layer).__name__ == "InputLayer":
            continue
        given = layer.input if isinstance(layer.input, list) else [layer.input]
        steps.append(_step(layer, tuple(names[id(each)] for each in given)))
        names[id(layer.output)] = layer.name
    return Plan("image", int(network.input.shape[-1]), tuple(_fuse(steps)))


def _step(layer: Any, inputs: tuple[str, ...]) -> Step:
    """Return the step of a layer of Keras."""
    kind = type(layer).__name__
    if kind in _ELEMENTWISE:
        return Step(_ELEMENTWISE[kind], layer.name, inputs)
    return _READERS[kind](layer, inputs)


def _convolution(layer: Any, inputs: tuple[str, ...]) -> Step:
    kernel, *bias = (np.asarray(weight, np.float32) for weight in layer.get_weights())
    sigmoid = getattr(layer.activation, "__name__", "") == "sigmoid"
    return Step(
        "transposed" if type(layer).__name__ == "Conv2DTranspose" else "convolution",
        layer.name,
        inputs,
        kernel,
        bias[0] if bias else None,
        size=kernel.shape[0],
        stride=layer.strides[0],
        activation="sigmoid" if sigmoid else "none",
    )


def _depthwise(layer: Any, inputs: tuple[str, ...]) -> Step:
    """Return the convolution of each channel by itself, as one of all channels."""
    (each,) = (np.asarray(weight, np.float32) for weight in layer.get_weights())
    kernel = each * np.eye(each.shape[2], dtype=np.float32)
    return Step("convolution", layer.name, inputs, kernel, size=kernel.shape[0])


def _pool(layer: Any, inputs: tuple[str, ...]) -> Step:
    return Step(
        "pool", layer.name, inputs, size=int(layer.pool_size[0]), stride=int(layer.strides[0])
    )


def _upsampling(layer: Any, inputs: tuple[str, ...]) -> Step:
    kind: Kind = "bilinear" if layer.interpolation == "bilinear" else "nearest"
    return Step(kind, layer.name, inputs, size=2, stride=2)


def _batch_normalisation(layer: Any, inputs: tuple[str, ...]) -> Step:
    gamma, beta, mean, variance = (np.asarray(each, np.float64) for each in layer.get_weights())
    factor = gamma / np.sqrt(variance + layer.epsilon)
    shift = beta - mean * factor
    return Step("scale", layer.name, inputs, factor.astype(np.float32), shift.astype(np.float32))


def _group_normalisation(layer: Any, inputs: tuple[str, ...]) -> Step:
    gamma, beta = (np.asarray(each, np.float32) for each in layer.get_weights())
    return Step(
        "group_normalisation",
        layer.name,
        inputs,
        gamma,
        beta,
        groups=layer.groups,
        epsilon=layer.epsilon,
    )


_READERS: dict[str, Callable[[Any, tuple[str, ...]], Step]] = {
    "Conv2D": _convolution,
    "Conv2DTranspose": _convolution,
    "DepthwiseConv2D": _depthwise,
    "MaxPooling2D": _pool,
    "UpSampling2D": _upsampling,
    "BatchNormalization": _batch_normalisation,
    "GroupNormalization": _group_normalisation,
}


def _fuse(steps: Sequence[Step]) -> list[Step]:
    """Make scales and ReLUs part of the convolutions whose results only they take."""
    result: list[Step] = []
    for step in steps:
        before = next((each for each in result if each.name == step.inputs[0]), None)
        fused = None if before is None else _fused(before, step)
        if before is None or fused is None or _users(steps, before.name) > 1:
            result.append(step)
        else:
            result[result.index(before)] = fused
    return result


def _users(steps: Sequence[Step], name: str) -> int:
    return sum(each.inputs.count(name) for each in steps)


def _fused(convolution: Step, step: Step) -> Step | None:
    """Return the convolution with a step after it; None if they cannot be one."""
    if convolution.kind != "convolution" or convolution.activation != "none":
        return None
    if step.kind == "relu":
        return replace(convolution, name=step.name, activation="relu")
    factor, shift, kernel = step.kernel, step.bias, convolution.kernel
    if step.kind != "scale" or kernel is None or factor is None or shift is None:
        return None
    if convolution.bias is not None:
        shift = shift + convolution.bias * factor
    return replace(convolution, name=step.name, kernel=kernel * factor, bias=shift)
