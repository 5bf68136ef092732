"""Boxes tracked over a few dates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import shapely
from hypothesis import strategies as st

from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.analysis.lifecycle.tracking import Lifecycle, trace

Polygons = Sequence[shapely.Geometry]


def box(x: float, y: float, width: float, height: float | None = None) -> shapely.Polygon:
    return shapely.box(x, y, x + width, y + (width if height is None else height))


FAR = box(5000, 0, 100)  # a second landslide that nothing happens to


def dated(dates: Sequence[Polygons]) -> dict[str, Polygons]:
    """Label inventories 2013, 2014 …"""
    return {str(2013 + i): shapes for i, shapes in enumerate(dates)}


def states_of(life: Lifecycle) -> dict[str, dict[int, str]]:
    """Return the states by date and id."""
    rows = life.observations
    return {
        str(date): dict(
            zip(rows.landslide_id[rows.date == date], rows.state[rows.date == date], strict=True)
        )
        for date in life.ledger.date
    }


def follow(*dates: Polygons, rules: LifecycleRules | None = None) -> dict[str, dict[int, str]]:
    return states_of(trace(dated(dates), rules))


def records(frame: Any) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    rows: list[dict[str, Any]] = frame.to_dict("records")
    return rows


_cells, _sizes = st.integers(0, 12), st.integers(1, 6)
_boxes = st.builds(
    lambda x, y, w, h: shapely.box(10 * x, 10 * y, 10 * (x + w), 10 * (y + h)),
    _cells,
    _cells,
    _sizes,
    _sizes,
)
box_inventories = st.lists(_boxes, max_size=7)
box_histories = st.lists(box_inventories, min_size=1, max_size=4)
