"""Compute networks with ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable

from slidelens.errors import ParamsError
from slidelens.learning.inference.engines.onnx_nodes import Nodes, add_plan, crop
from slidelens.learning.inference.plans.extents import Extents
from slidelens.learning.inference.plans.plan import Plan
from slidelens.types import Float32


def compile_onnxruntime(
    plan: Plan, extents: Extents | None, margin: int, precision: str
) -> Callable[[Float32], Float32]:
    """Return a function from a tile to the output of its core.

    Args:
        plan: Steps of the network.
        extents: Extents of their results; None to compute the whole tile.
        margin: Margin of the tile, pixels.
        precision: `float32`.

    Raises:
        ParamsError: Another precision is asked for.
    """
    import onnxruntime

    if precision != "float32":
        raise ParamsError(
            f"engine onnxruntime has no precision {precision}; give float32, or another engine"
        )
    nodes = Nodes()
    cut = 0 if extents is None else margin - extents.available[plan.image]
    image = crop(nodes, nodes.add("Transpose", plan.image, perm=[0, 3, 1, 2]), cut, cut)
    output = add_plan(nodes, plan, extents, image)
    output = crop(nodes, output, margin, margin) if extents is None else output
    model = nodes.model(
        (plan.image, (1, "height", "width", plan.bands)), (output, (1, 1, "rows", "columns"))
    )
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )

    def predict(pixels: Float32) -> Float32:
        (result,) = session.run(None, {plan.image: pixels[None]})
        output: Float32 = result[0, 0]
        return output

    return predict
