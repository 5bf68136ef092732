"""Nodes of a calibration: a piecewise linear function of logits."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from slidelens.learning.inference.calibration import CLIP, Calibration
from slidelens.learning.inference.engines.onnx_nodes import DOUBLE, FLOAT, Nodes


def calibrated(nodes: Nodes, output: str, calibration: Calibration) -> str:
    """Add what a calibration computes, in float64 as it does.

    Args:
        nodes: The graph.
        output: Name of the outputs of a network.
        calibration: The calibration.
    """
    if not calibration.outputs:
        return output
    one = _double(nodes, 1)
    share = nodes.add(
        "Clip", nodes.add("Cast", output, to=DOUBLE), *(_double(nodes, e) for e in (CLIP, 1 - CLIP))
    )
    odds = nodes.add("Div", share, nodes.add("Sub", one, share))
    logits = _interpolated(nodes, nodes.add("Log", odds), calibration)
    below = nodes.add("Add", one, nodes.add("Exp", nodes.add("Neg", logits)))
    return nodes.add("Cast", nodes.add("Div", one, below), to=FLOAT)


def _interpolated(nodes: Nodes, logits: str, calibration: Calibration) -> str:
    """Add the function through the knots of a calibration, constant beyond them."""
    knots = zip(calibration.outputs, calibration.probabilities, strict=True)
    result = _double(nodes, calibration.probabilities[0])
    for (start, first), (end, last) in pairwise(knots):
        step = nodes.add("Clip", logits, _double(nodes, start), _double(nodes, end))
        step = nodes.add("Sub", step, _double(nodes, start))
        slope = _double(nodes, (last - first) / (end - start))
        result = nodes.add("Add", result, nodes.add("Mul", step, slope))
    return result


def _double(nodes: Nodes, value: float) -> str:
    return nodes.constant(np.array(value, np.float64))
