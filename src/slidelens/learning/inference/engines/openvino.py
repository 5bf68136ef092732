"""Compute networks with OpenVINO, which needs no TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from slidelens.learning.inference.plans.extents import Extents
from slidelens.learning.inference.plans.plan import Plan, Step
from slidelens.types import Float32


def compile_openvino(
    plan: Plan, extents: Extents | None, margin: int, precision: str, threads: int = 0
) -> Callable[[Float32], Float32]:
    """Return a function from a tile to the output of its core, compiled once for each shape.

    Args:
        plan: Steps of the network.
        extents: Extents of their results; None to compute the whole tile.
        margin: Margin of the tile, pixels.
        precision: `float32` or `bfloat16`, of all steps.
        threads: Threads of one tile; 0: all.
    """
    import openvino as ov

    core = ov.Core()
    settings = {
        "INFERENCE_PRECISION_HINT": {"float32": "f32", "bfloat16": "bf16"}[precision],
        "PERFORMANCE_HINT": "LATENCY",
    }
    if threads:
        settings["INFERENCE_NUM_THREADS"] = str(threads)
    compiled: dict[tuple[int, ...], Any] = {}

    def predict(pixels: Float32) -> Float32:
        if pixels.shape not in compiled:
            model = _build(plan, extents, margin, pixels.shape)
            compiled[pixels.shape] = core.compile_model(model, "CPU", settings)
        request = compiled[pixels.shape].create_infer_request()
        output: Float32 = request.infer([pixels[None]])[0][0, 0].copy()
        return output

    return predict


def _build(plan: Plan, extents: Extents | None, margin: int, shape: tuple[int, ...]) -> Any:
    """Return the model of one shape (height, width, bands) of a tile with its margin."""
    import openvino as ov
    from openvino import opset13 as ops

    image = ops.parameter([1, *shape], np.float32, name=plan.image)
    cut = 0 if extents is None else margin - extents.available[plan.image]
    first = ops.transpose(image, np.array([0, 3, 1, 2]))
    results = {plan.image: _crop(first, cut, cut)}
    for step in plan.steps:
        values = [results[name] for name in step.inputs]
        if extents is not None:
            values = [
                _crop(value, *extents.crop(step, name))
                for value, name in zip(values, step.inputs, strict=True)
            ]
        results[step.name] = (
            _convolution(step, values[0], padded=extents is None)
            if step.kind == "convolution"
            else _STEPS[step.kind](step, values)
        )
    output = results[plan.steps[-1].name]
    if extents is None:
        output = _crop(output, margin, margin)
    return ov.Model([output], [image])


def _crop(values: Any, before: int, after: int) -> Any:
    from openvino import opset13 as ops

    if not before and not after:
        return values
    height, width = list(values.output(0).get_shape())[2:]
    return ops.slice(
        values,
        np.array([before, before]),
        np.array([height - after, width - after]),
        np.array([1, 1]),
        np.array([2, 3]),
    )


def _per_channel(weights: Float32 | None) -> Any:
    from openvino import opset13 as ops

    assert weights is not None
    return ops.constant(weights.reshape(1, -1, 1, 1))


def _convolution(step: Step, given: Any, padded: bool) -> Any:
    from openvino import opset13 as ops

    assert step.kernel is not None
    padding = max(0, step.size - step.stride) if padded else 0
    result = ops.convolution(
        given,
        ops.constant(np.ascontiguousarray(step.kernel.transpose(3, 2, 0, 1))),
        [step.stride] * 2,
        [padding // 2] * 2,
        [padding - padding // 2] * 2,
        [1, 1],
    )
    if step.bias is not None:
        result = ops.add(result, _per_channel(step.bias))
    if step.activation == "none":
        return result
    return ops.relu(result) if step.activation == "relu" else ops.sigmoid(result)


def _transposed(step: Step, values: list[Any]) -> Any:
    from openvino import opset13 as ops

    assert step.kernel is not None
    result = ops.convolution_backprop_data(
        values[0],
        ops.constant(np.ascontiguousarray(step.kernel.transpose(3, 2, 0, 1))),
        [step.stride] * 2,
        pads_begin=[0, 0],
        pads_end=[0, 0],
        dilations=[1, 1],
    )
    return ops.add(result, _per_channel(step.bias))


def _pool(step: Step, values: list[Any]) -> Any:
    from openvino import opset13 as ops

    sides = [step.stride] * 2, [1, 1], [0, 0], [0, 0], [step.size] * 2
    return ops.max_pool(values[0], *sides).output(0)


def _scale(step: Step, values: list[Any]) -> Any:
    from openvino import opset13 as ops

    scaled = ops.multiply(values[0], _per_channel(step.kernel))
    return ops.add(scaled, _per_channel(step.bias))


def _group_normalisation(step: Step, values: list[Any]) -> Any:
    from openvino import opset13 as ops

    return ops.group_normalization(
        values[0], ops.constant(step.kernel), ops.constant(step.bias), step.groups, step.epsilon
    )


def _upsample(step: Step, values: list[Any]) -> Any:
    from openvino import opset13 as ops

    mode = "nearest" if step.kind == "nearest" else "linear_onnx"
    return ops.interpolate(
        values[0],
        np.array([step.stride] * 2, np.float32),
        mode,
        "scales",
        coordinate_transformation_mode="half_pixel",
        axes=np.array([2, 3]),
    )


def _elementwise(step: Step, values: list[Any]) -> Any:
    from openvino import opset13 as ops

    if step.kind == "concatenate":
        return ops.concat(values, 1)
    if step.kind == "relu":
        return ops.relu(values[0])
    if step.kind == "sigmoid":
        return ops.sigmoid(values[0])
    return (ops.add if step.kind == "add" else ops.multiply)(*values)


_STEPS: dict[str, Callable[[Step, list[Any]], Any]] = {
    "transposed": _transposed,
    "pool": _pool,
    "scale": _scale,
    "group_normalisation": _group_normalisation,
    "nearest": _upsample,
    "bilinear": _upsample,
} | dict.fromkeys(("relu", "sigmoid", "concatenate", "add", "multiply"), _elementwise)
