"""Inventories of boxes."""

from __future__ import annotations

import shapely
from hypothesis import strategies as st

from slidelens.analysis.overlay import shapes_of
from slidelens.types import Shapes

_corners, _sides = st.integers(0, 30), st.integers(1, 12)
_boxes = st.tuples(_corners, _corners, _sides, _sides).map(
    lambda b: shapely.box(b[0], b[1], b[0] + b[2], b[1] + b[3])
)
inventories = st.lists(_boxes, max_size=8).map(shapes_of)


def strip(*spans: tuple[float, float]) -> Shapes:
    """Return landslides 10 m wide with the given extents along x."""
    return shapes_of([shapely.box(start, 0, end, 10) for start, end in spans])
