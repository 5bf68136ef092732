"""The gradient of heights on a grid."""

from __future__ import annotations

import numpy as np

from slidelens.types import Float64


def height_gradient(heights: Float64, pixel_m: float) -> tuple[Float64, Float64]:
    """Return the rise to the south and to the east from central differences, metres per metre.

    Args:
        heights: (height, width) metres. Along an axis of one pixel the rise is 0.
        pixel_m: Side of a pixel, metres.
    """
    south, east = (
        np.gradient(heights, pixel_m, axis=axis) if length > 1 else np.zeros_like(heights)
        for axis, length in enumerate(heights.shape)
    )
    return south, east
