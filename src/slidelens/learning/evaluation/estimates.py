"""How many landslides there truly are and on how much ground, with intervals: the prediction, corrected by what validation blocks tell.

How often the intervals hold the truth: `python -m benchmarks.intervals`.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from slidelens.analysis.accuracy.ratio_estimator import MIN_CELLS, Cells, Interval, ratio_interval
from slidelens.dataset.parts import OUTSIDE, TEST, VALIDATION, block_numbers
from slidelens.dataset.prepared import Prepared
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise
from slidelens.types import Int32, Mask

Figures = dict[str, Cells]
Blocks = NDArray[np.int64]

CONFIDENCE = 0.9
_TOO_LITTLE = f"fewer than {MIN_CELLS} validation blocks have a prediction to compare with what was mapped by hand"


def estimate_totals(
    prepared: Prepared, inventory: gpd.GeoDataFrame, block_px: int
) -> dict[str, dict[str, Any]]:
    """Landslides of the test blocks and of the whole area, by number and area (m²): predicted, manual, and the truth's estimate and interval.

    inventory: the landslides that are predicted; block_px: side of the split's blocks, pixels
    Values are None where there is no manual inventory, or too little of it; `why` tells.
    """
    blocks, seen, parts = (
        block_numbers(prepared.split_map.shape, block_px),
        seen_ground(prepared),
        prepared.split_map,
    )
    predicted = block_figures(inventory, blocks, seen, prepared.scene.grid)
    known = (
        None
        if prepared.inventory is None
        else block_figures(prepared.inventory, blocks, seen, prepared.scene.grid)
    )
    checked = blocks_of(blocks, seen & (parts == VALIDATION))
    grounds = {"test": blocks_of(blocks, seen & (parts == TEST)), "area": blocks_of(blocks, seen)}
    return {name: _told(predicted, known, checked, ground) for name, ground in grounds.items()}


def seen_ground(prepared: Prepared) -> Mask:
    """(height, width) what the image shows of the area."""
    return prepared.scene.valid & (prepared.split_map != OUTSIDE)


def blocks_of(blocks: Int32, where: Mask) -> Blocks:
    """The numbers of the blocks that have ground there. blocks: (height, width) the block of each pixel."""
    return np.unique(blocks[where]).astype(np.int64)


def block_figures(inventory: gpd.GeoDataFrame, blocks: Int32, seen: Mask, grid: Grid) -> Figures:
    """Landslides in each block, by number (`count`, where an inner point lies) and by area of their pixels (`area_m2`): (blocks,) each."""
    points = inventory.representative_point()
    column, row = (
        np.floor(place).astype(int)
        for place in ~grid.transform @ (points.x.to_numpy(), points.y.to_numpy())
    )
    inside = (row >= 0) & (row < grid.height) & (column >= 0) & (column < grid.width)
    row, column = row[inside], column[inside]
    at, pixels = (
        blocks[row, column][seen[row, column]],
        blocks[rasterise(inventory.geometry, grid) & seen],
    )
    number = int(blocks.max()) + 1
    return {
        "count": np.bincount(at, minlength=number).astype(float),
        "area_m2": np.bincount(pixels, minlength=number) * grid.pixel_area_m2,
    }


def estimate(
    predicted: Cells, known: Cells, checked: Blocks, ground: Blocks, confidence: float
) -> Interval | None:
    """The true figure of a ground of which some blocks may be known: those count as they are, the others are estimated.

    predicted, known: (blocks,) the figure in each block; checked: the blocks where it is known, of which alone `known` is read
    None where too little is known, see `interval`.
    """
    found = ratio_interval(
        known[checked],
        predicted[checked],
        float(predicted[np.setdiff1d(ground, checked)].sum()),
        confidence,
    )
    there = float(known[np.intersect1d(ground, checked)].sum())
    return found and replace(
        found, estimate=there + found.estimate, low=there + found.low, high=there + found.high
    )


def _told(
    predicted: Figures, known: Figures | None, checked: Blocks, ground: Blocks
) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, figures in predicted.items():
        found = (
            None if known is None else estimate(figures, known[name], checked, ground, CONFIDENCE)
        )
        manual = None if known is None else round(float(known[name][ground].sum()), 2)
        ends = (
            dict.fromkeys(("estimate", "low", "high"))
            if found is None
            else {k: round(v, 2) for k, v in asdict(found).items()}
        )
        told[name] = {
            "predicted": round(float(figures[ground].sum()), 2),
            "manual": manual,
            **ends,
            "confidence": CONFIDENCE,
        }
    unknown = "the date has no manual inventory" if known is None else _TOO_LITTLE
    return told | {
        "why": unknown if any(value["estimate"] is None for value in told.values()) else None
    }
