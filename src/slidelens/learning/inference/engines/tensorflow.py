"""Compute networks with TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slidelens.learning.inference.plans.extents import Extents
from slidelens.learning.inference.plans.plan import Plan, Step
from slidelens.types import Float32


def compile_tensorflow(
    plan: Plan, extents: Extents | None, margin: int, precision: str
) -> Callable[[Float32], Float32]:
    """Return a function from a tile to the output of its core, compiled once for each shape.

    Args:
        plan: Steps of the network.
        extents: Extents of their results; None to compute the whole tile.
        margin: Margin of the tile, pixels.
        precision: `float32` or `bfloat16`, of all steps but the last.
    """
    import tensorflow as tf

    kind = tf.as_dtype(precision)
    last = plan.steps[-1]

    def run(pixels: Any) -> Any:
        cut = 0 if extents is None else margin - extents.available[plan.image]
        results = {plan.image: tf.cast(_crop(pixels, cut, cut), kind)}
        for step in plan.steps:
            values = [results[name] for name in step.inputs]
            if extents is not None:
                values = [
                    _crop(value, *extents.crop(step, name))
                    for value, name in zip(values, step.inputs, strict=True)
                ]
            if step is last:
                values = [tf.cast(value, tf.float32) for value in values]
            results[step.name] = (
                _convolution(step, values[0], "SAME" if extents is None else "VALID")
                if step.kind == "convolution"
                else _STEPS[step.kind](step, values)
            )
        cut = margin if extents is None else 0
        return _crop(results[last.name], cut, cut)[0, ..., 0]

    # Autograph has nothing to convert, and writes temporary files.
    call = tf.function(run, autograph=False, reduce_retracing=False)

    def predict(pixels: Float32) -> Float32:
        output: Float32 = call(tf.constant(pixels[None])).numpy()
        return output

    return predict


def _crop(values: Any, before: int, after: int) -> Any:
    if not before and not after:
        return values
    height, width = values.shape[1:3]
    return values[:, before : height - after, before : width - after]


def _convolution(step: Step, given: Any, padding: str) -> Any:
    import tensorflow as tf

    result = tf.nn.conv2d(given, tf.constant(step.kernel, given.dtype), step.stride, padding)
    if step.bias is not None:
        result = tf.nn.bias_add(result, tf.constant(step.bias, given.dtype))
    return {"relu": tf.nn.relu, "sigmoid": tf.nn.sigmoid, "none": lambda each: each}[
        step.activation
    ](result)


def _transposed(step: Step, values: list[Any]) -> Any:
    import tensorflow as tf

    (given,) = values
    assert step.kernel is not None
    _, height, width, _ = given.shape
    result = tf.nn.conv2d_transpose(
        given,
        tf.constant(step.kernel, given.dtype),
        (1, height * step.stride, width * step.stride, step.kernel.shape[2]),
        step.stride,
        "SAME",
    )
    return tf.nn.bias_add(result, tf.constant(step.bias, given.dtype))


def _pool(step: Step, values: list[Any]) -> Any:
    import tensorflow as tf

    return tf.nn.max_pool2d(values[0], step.size, step.stride, "VALID")


def _scale(step: Step, values: list[Any]) -> Any:
    import tensorflow as tf

    scaled = tf.cast(values[0], tf.float32) * step.kernel + step.bias
    return tf.cast(scaled, values[0].dtype)


def _group_normalisation(step: Step, values: list[Any]) -> Any:
    import tensorflow as tf

    given = tf.cast(values[0], tf.float32)
    _, height, width, channels = given.shape
    grouped = tf.reshape(given, (1, height, width, step.groups, channels // step.groups))
    centred = grouped - _group_mean(grouped)
    deviation = tf.math.sqrt(_group_mean(centred**2) + step.epsilon)
    normal = tf.reshape(centred / deviation, given.shape)
    return tf.cast(normal * step.kernel + step.bias, values[0].dtype)


def _group_mean(grouped: Any) -> Any:
    """Return the mean over height, width and the channels of a group.

    Along one axis after the other: in one sum of a whole tile float32 loses digits.
    """
    import tensorflow as tf

    for axis in (1, 2, 4):
        grouped = tf.reduce_mean(grouped, axis, keepdims=True)
    return grouped


def _upsample(step: Step, values: list[Any]) -> Any:
    import tensorflow as tf

    size = [step.stride * side for side in values[0].shape[1:3]]
    if step.kind == "nearest":
        return tf.raw_ops.ResizeNearestNeighbor(
            images=values[0], size=size, half_pixel_centers=True
        )
    resized = tf.raw_ops.ResizeBilinear(images=values[0], size=size, half_pixel_centers=True)
    return tf.cast(resized, values[0].dtype)


def _elementwise(step: Step, values: list[Any]) -> Any:
    import tensorflow as tf

    if step.kind == "concatenate":
        return tf.concat(values, -1)
    if step.kind == "relu":
        return tf.nn.relu(values[0])
    if step.kind == "sigmoid":
        return tf.nn.sigmoid(values[0])
    first, second = values
    return first + second if step.kind == "add" else first * second


_STEPS: dict[str, Callable[[Step, list[Any]], Any]] = {
    "transposed": _transposed,
    "pool": _pool,
    "scale": _scale,
    "group_normalisation": _group_normalisation,
    "nearest": _upsample,
    "bilinear": _upsample,
} | dict.fromkeys(("relu", "sigmoid", "concatenate", "add", "multiply"), _elementwise)
