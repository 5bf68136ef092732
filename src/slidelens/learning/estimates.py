"""How many landslides there truly are and on how much ground, with intervals: the prediction, corrected by what validation blocks tell.

How often the intervals hold the truth: `python -m benchmarks.intervals`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from slidelens.analysis.intervals import FEWEST_CELLS, interval
from slidelens.geo.grid import Grid
from slidelens.geo.prepared import Prepared
from slidelens.learning.split import OUTSIDE, TEST, VALIDATION, Indices, Mask, block_numbers

Figures = NDArray[np.float64]

CONFIDENCE = 0.9
_TOO_LITTLE = f"fewer than {FEWEST_CELLS} validation blocks have a prediction to compare with what was mapped by hand"


def estimates(prepared: Prepared, landslides: Mask, inventory: gpd.GeoDataFrame, block_px: int) -> dict[str, dict[str, Any]]:
    """Landslides of the test blocks and of the whole area, by number and area (m²): predicted, manual, and the truth's estimate and interval.

    landslides: (height, width) what is mapped as landslide; inventory: the same as outlines; block_px: side of the split's blocks
    None where there is no manual inventory, or too little of it; `why` tells.
    """
    blocks, parts = block_numbers(prepared.parts.shape, block_px), prepared.parts
    seen = prepared.scene.valid & (parts != OUTSIDE)
    manual = prepared.inventory
    predicted = block_figures(inventory, landslides & seen, blocks, seen, prepared.scene.grid)
    known = None if manual is None else block_figures(manual, (prepared.labels == 1) & seen, blocks, seen, prepared.scene.grid)
    grounds = {"test": seen & (parts == TEST), "area": seen}
    checked = _blocks_of(blocks, seen & (parts == VALIDATION))
    return {ground: _ground(predicted, known, checked, _blocks_of(blocks, where)) for ground, where in grounds.items()}


def block_figures(inventory: gpd.GeoDataFrame, landslides: Mask, blocks: Indices, seen: Mask, grid: Grid) -> dict[str, Figures]:
    """Landslides in each block, by number (`count`, where an inner point lies) and by area of their pixels (`area_m2`): (blocks,) each."""
    points = inventory.representative_point()
    column, row = (np.floor(place).astype(int) for place in ~grid.transform @ (points.x.to_numpy(), points.y.to_numpy()))
    inside = (row >= 0) & (row < grid.height) & (column >= 0) & (column < grid.width)
    row, column = row[inside], column[inside]
    at = blocks[row, column][seen[row, column]]
    number = int(blocks.max()) + 1
    return {
        "count": np.bincount(at, minlength=number).astype(float),
        "area_m2": np.bincount(blocks[landslides], minlength=number) * grid.pixel_area_m2,
    }


def _blocks_of(blocks: Indices, where: Mask) -> NDArray[np.int64]:
    return np.unique(blocks[where]).astype(np.int64)


def _ground(
    predicted: dict[str, Figures], known: dict[str, Figures] | None, checked: NDArray[np.int64], blocks: NDArray[np.int64]
) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, figures in predicted.items():
        total = float(figures[blocks].sum())
        found = None if known is None else interval(known[name][checked], figures[checked], total, CONFIDENCE)
        manual = None if known is None else round(float(known[name][blocks].sum()), 2)
        ends = dict.fromkeys(("estimate", "low", "high")) if found is None else {k: round(v, 2) for k, v in asdict(found).items()}
        told[name] = {"predicted": round(total, 2), "manual": manual, **ends, "confidence": CONFIDENCE}
    unknown = "the date has no manual inventory" if known is None else _TOO_LITTLE
    return told | {"why": unknown if told["count"]["estimate"] is None else None}
