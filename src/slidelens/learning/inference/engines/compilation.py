"""Compile the members of a network for an engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from slidelens.errors import ParamsError
from slidelens.learning.inference.engines import Engine, Precision
from slidelens.learning.inference.engines.onnxruntime import compile_onnxruntime
from slidelens.learning.inference.engines.openvino import compile_openvino
from slidelens.learning.inference.engines.tensorflow import compile_tensorflow
from slidelens.learning.inference.plans.extents import Extents
from slidelens.learning.inference.plans.plan import Plan
from slidelens.learning.runtime import precision_policy, processor_has_bfloat16
from slidelens.types import Float32

_COMPILERS = {
    "tensorflow": compile_tensorflow,
    "openvino": compile_openvino,
    "onnxruntime": compile_onnxruntime,
}


def compile_plan(
    plan: Plan, extents: Extents | None, margin: int, engine: Engine, precision: Precision
) -> Callable[[Float32], Float32]:
    """Return a function from a tile to the output of its core.

    Args:
        plan: Steps of the network.
        extents: Extents of their results; None to compute the whole tile.
        margin: Margin of the tile, pixels.
        engine: What computes it, not `auto`.
        precision: Precision of the convolutions, not `auto`.
    """
    return _COMPILERS[engine](plan, extents, margin, precision)


def choose_precision(engine: Engine, precision: Precision) -> Precision:
    """Return the precision, where `auto` is bfloat16 if the processor has it, else float32.

    Raises:
        ParamsError: The precision is unknown.
    """
    if precision not in get_args(Precision):
        raise ParamsError(f"precision is {precision}; give one of {', '.join(get_args(Precision))}")
    if precision != "auto":
        return precision
    if engine == "onnxruntime":
        return "float32"
    if engine == "openvino":
        return "bfloat16" if processor_has_bfloat16() else "float32"
    return "bfloat16" if precision_policy("auto") == "mixed_bfloat16" else "float32"
