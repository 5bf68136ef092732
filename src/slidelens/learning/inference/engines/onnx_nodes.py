"""Write the steps of a network as nodes of an ONNX graph, channels first, for tiles of any size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from slidelens.learning.inference.plans.extents import Extents
from slidelens.learning.inference.plans.plan import Plan, Step

if TYPE_CHECKING:
    import onnx

OPSET, IR_VERSION = 17, 8  # what ONNX Runtime 1.12 of 2022 and all later ones take
FLOAT, BOOL, DOUBLE = 1, 9, 11  # ONNX's numbers of the types
_END = np.iinfo(np.int64).max  # of a slice: all that is left
Axis = int | str | None


class Nodes:
    """The nodes and constants of a graph that is being written."""

    def __init__(self) -> None:
        """Begin an empty graph."""
        self._nodes: list[Any] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node and return the name of its result.

        Args:
            operator: Name of the operator.
            inputs: Names of its inputs.
            output: Name of its result; a new one by default.
            attributes: Attributes of the operator.
        """
        from onnx import helper

        name = output or f"{operator.lower()}{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def constant(self, values: NDArray[Any]) -> str:
        """Return the name of an array; equal arrays are stored once."""
        values = np.ascontiguousarray(values).reshape(np.shape(values))
        key = (values.dtype.str, values.shape, values.tobytes())
        return self._constants.setdefault(key, f"constant{len(self._constants)}")

    def integers(self, *values: int) -> str:
        """Return the name of a list of whole numbers."""
        return self.constant(np.array(values, np.int64))

    def model(
        self, image: tuple[str, Sequence[Axis]], output: tuple[str, Sequence[Axis]]
    ) -> onnx.ModelProto:
        """Return the checked model of all nodes, from one float32 tensor to another.

        Args:
            image: Name and axes of the input: lengths, or names where any length will do.
            output: Name and axes of the output.
        """
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        ends = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, list(axes))
            for name, axes in (image, output)
        ]
        constants = [
            numpy_helper.from_array(np.frombuffer(data, dtype).reshape(shape), name)
            for (dtype, shape, data), name in self._constants.items()
        ]
        graph = helper.make_graph(self._nodes, "slidelens", ends[:1], ends[1:], constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model)
        return model


def add_plan(nodes: Nodes, plan: Plan, extents: Extents | None, image: str) -> str:
    """Add the steps of a network and return the name of its output.

    Args:
        nodes: The graph.
        plan: Steps of the network.
        extents: Extents of their results; None to compute the whole tile.
        image: Name of the (batch, bands, height, width) standardised pixels; with extents these
            are the core and what the network needs around it.
    """
    results = {plan.image: image}
    for step in plan.steps:
        values = [results[name] for name in step.inputs]
        if extents is not None:
            values = [
                crop(nodes, value, *extents.crop(step, name))
                for value, name in zip(values, step.inputs, strict=True)
            ]
        results[step.name] = (
            _convolution(nodes, step, values[0], padded=extents is None)
            if step.kind == "convolution"
            else _STEPS[step.kind](nodes, step, values)
        )
    return results[plan.steps[-1].name]


def crop(nodes: Nodes, values: str, before: int, after: int) -> str:
    """Add the cut of some pixels before and after, along height and width."""
    if not before and not after:
        return values
    end = -after if after else _END
    sides = nodes.integers(before, before), nodes.integers(end, end), nodes.integers(2, 3)
    return nodes.add("Slice", values, *sides)


def per_channel(nodes: Nodes, values: NDArray[Any] | None) -> str:
    """Return the name of one value for each channel."""
    assert values is not None
    return nodes.constant(values.reshape(1, -1, 1, 1))


def _kernel(nodes: Nodes, step: Step) -> list[str]:
    assert step.kernel is not None
    kernel = nodes.constant(step.kernel.transpose(3, 2, 0, 1))
    return [kernel] if step.bias is None else [kernel, nodes.constant(step.bias)]


def _sides(step: Step) -> dict[str, Any]:
    return {"kernel_shape": [step.size] * 2, "strides": [step.stride] * 2}


def _convolution(nodes: Nodes, step: Step, given: str, padded: bool) -> str:
    padding = max(0, step.size - step.stride) if padded else 0
    pads = [padding // 2] * 2 + [padding - padding // 2] * 2
    result = nodes.add("Conv", given, *_kernel(nodes, step), pads=pads, **_sides(step))
    if step.activation == "none":
        return result
    return nodes.add("Relu", result) if step.activation == "relu" else _sigmoid(nodes, result)


def _sigmoid(nodes: Nodes, values: str) -> str:
    """Add the sigmoid in float64: that of ONNX Runtime is off by several float32 steps near 1.

    A calibration by logits would multiply them there.
    """
    one = nodes.constant(np.array(1, np.float64))
    below = nodes.add("Exp", nodes.add("Neg", nodes.add("Cast", values, to=DOUBLE)))
    return nodes.add("Cast", nodes.add("Div", one, nodes.add("Add", one, below)), to=FLOAT)


def _transposed(nodes: Nodes, step: Step, values: list[str]) -> str:
    return nodes.add("ConvTranspose", values[0], *_kernel(nodes, step), **_sides(step))


def _pool(nodes: Nodes, step: Step, values: list[str]) -> str:
    return nodes.add("MaxPool", values[0], **_sides(step))


def _scale(nodes: Nodes, step: Step, values: list[str]) -> str:
    scaled = nodes.add("Mul", values[0], per_channel(nodes, step.kernel))
    return nodes.add("Add", scaled, per_channel(nodes, step.bias))


def _group_normalisation(nodes: Nodes, step: Step, values: list[str]) -> str:
    centred = nodes.add("Sub", values[0], _group_mean(nodes, step, values[0]))
    variance = _group_mean(nodes, step, nodes.add("Mul", centred, centred))
    epsilon = nodes.constant(np.array(step.epsilon, np.float32))
    deviation = nodes.add("Sqrt", nodes.add("Add", variance, epsilon))
    return _scale(nodes, step, [nodes.add("Div", centred, deviation)])


def _group_mean(nodes: Nodes, step: Step, values: str) -> str:
    """Add the mean over each group of channels, for each of its channels.

    Along one axis after the other: in one sum of a whole tile, as InstanceNormalization takes it,
    float32 loses digits.
    """
    assert step.kernel is not None
    means = nodes.add("ReduceMean", nodes.add("ReduceMean", values, axes=[3]), axes=[2])
    channels = len(step.kernel)
    members = channels // step.groups
    shares = np.kron(np.eye(step.groups), np.full((members, members), 1 / members))
    shares = shares.astype(np.float32).reshape(channels, channels, 1, 1)
    return nodes.add("Conv", means, nodes.constant(shares))


def _upsample(nodes: Nodes, step: Step, values: list[str]) -> str:
    scales = nodes.constant(np.array([1, 1, step.stride, step.stride], np.float32))
    how: dict[str, Any] = (
        {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
        if step.kind == "bilinear"
        else {
            "mode": "nearest",
            "coordinate_transformation_mode": "asymmetric",
            "nearest_mode": "floor",
        }
    )
    return nodes.add("Resize", values[0], "", scales, **how)


def _concatenate(nodes: Nodes, step: Step, values: list[str]) -> str:
    del step
    return nodes.add("Concat", *values, axis=1)


def _elementwise(nodes: Nodes, step: Step, values: list[str]) -> str:
    return nodes.add(_OPERATORS[step.kind], *values)


_OPERATORS: Mapping[str, str] = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "add": "Add",
    "multiply": "Mul",
}
_STEPS: dict[str, Callable[[Nodes, Step, list[str]], str]] = {
    "transposed": _transposed,
    "pool": _pool,
    "scale": _scale,
    "group_normalisation": _group_normalisation,
    "nearest": _upsample,
    "bilinear": _upsample,
    "concatenate": _concatenate,
    **dict.fromkeys(_OPERATORS, _elementwise),
}
