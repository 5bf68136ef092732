"""Estimate the true number and area of landslides, with confidence intervals.

The predicted totals are corrected by the ratio of manual to predicted totals in validation blocks.
The coverage of the intervals is measured by `python -m benchmarks.intervals`.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import geopandas as gpd
import numpy as np

from slidelens.analysis.accuracy.ratio_estimator import MIN_CELLS, Interval, ratio_interval
from slidelens.dataset.parts import OUTSIDE, TEST, VALIDATION, block_numbers
from slidelens.dataset.prepared import Prepared
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise, rasterise_ids
from slidelens.geo.windowed import strips
from slidelens.types import Float64, Int32, Int64, Mask

Figures = dict[str, Float64]
Blocks = Int64

CONFIDENCE = 0.9
_NO_INVENTORY = "the date has no manual inventory"
_PARTLY_MAPPED = "the manual inventory is complete in a part of the area only"
_TOO_FEW_BLOCKS = (
    f"fewer than {MIN_CELLS} validation blocks have a prediction "
    "to compare with what was mapped by hand"
)


def estimate_totals(
    prepared: Prepared, inventory: gpd.GeoDataFrame, block_px: int
) -> dict[str, dict[str, Any]]:
    """Estimate number and area (m²) of the landslides in the test blocks and in the whole area.

    Args:
        prepared: Prepared data of the date.
        inventory: Predicted landslides.
        block_px: Side of the split's blocks, pixels.

    Returns:
        For `test` and `area`, for `count` and `area_m2`: predicted and manual total, estimate, and
        interval. Values are None without an inventory, with one that is complete in a part of the
        area only, or with too few blocks; `why` says which.
    """
    parts, visible = prepared.split_map, seen_ground(prepared)
    blocks = block_numbers(parts.shape, block_px)
    predicted = block_figures(inventory, blocks, visible, prepared.scene.grid)
    manual = None
    if prepared.inventory is not None and prepared.mapped is None:
        manual = block_figures(prepared.inventory, blocks, visible, prepared.scene.grid)
    reason = _TOO_FEW_BLOCKS if manual is not None else _NO_INVENTORY
    if prepared.mapped is not None:
        reason = _PARTLY_MAPPED
    validation = blocks_of(blocks, visible & (parts == VALIDATION))
    areas = {
        "test": blocks_of(blocks, visible & (parts == TEST)),
        "area": blocks_of(blocks, visible),
    }
    return {
        name: _totals(predicted, manual, validation, area, reason) for name, area in areas.items()
    }


def seen_ground(prepared: Prepared) -> Mask:
    """Return the (height, width) mask of the valid pixels of the investigation area."""
    mask: Mask = prepared.scene.valid & (prepared.split_map != OUTSIDE)
    return mask


def blocks_of(blocks: Int32, where: Mask) -> Blocks:
    """Return the numbers of the blocks with pixels in a mask.

    Args:
        blocks: (height, width) block number of each pixel.
        where: (height, width) mask.
    """
    pixels = np.zeros(int(blocks.max()) + 1, np.int64)
    for part in strips(where.shape):
        pixels += np.bincount(blocks[part][where[part]], minlength=len(pixels))
    return np.flatnonzero(pixels).astype(np.int64)


def block_figures(inventory: gpd.GeoDataFrame, blocks: Int32, visible: Mask, grid: Grid) -> Figures:
    """Return number (`count`) and area (`area_m2`) of the landslides in each block, (blocks,) each.

    A landslide is counted in the block of an interior point or, where that is not seen, of its
    first pixel that is; areas are of its pixels.

    Args:
        inventory: Landslides.
        blocks: (height, width) block number of each pixel.
        visible: (height, width) mask of the pixels that count.
        grid: Grid of the pixels.
    """
    points = inventory.representative_point()
    column, row = (
        np.floor(coordinate).astype(int)
        for coordinate in ~grid.transform @ (points.x.to_numpy(), points.y.to_numpy())
    )
    inside = (row >= 0) & (row < grid.height) & (column >= 0) & (column < grid.width)
    inside[inside] = visible[row[inside], column[inside]]
    point_blocks = np.concatenate(
        [
            blocks[row[inside], column[inside]],
            _first_blocks(inventory.geometry[~inside], blocks, visible, grid),
        ]
    )
    pixel_blocks = blocks[rasterise(inventory.geometry, grid) & visible]
    number = int(blocks.max()) + 1
    return {
        "count": np.bincount(point_blocks, minlength=number).astype(float),
        "area_m2": np.bincount(pixel_blocks, minlength=number) * grid.pixel_area_m2,
    }


def _first_blocks(shapes: gpd.GeoSeries, blocks: Int32, visible: Mask, grid: Grid) -> Int32:
    """Return the block of the first visible pixel of each polygon that has one."""
    if shapes.empty:
        return np.empty(0, np.int32)
    numbers = rasterise_ids(shapes, grid)
    seen = np.flatnonzero((numbers > 0) & visible)  # few pixels are sorted, not the whole grid
    _, first = np.unique(numbers.ravel()[seen], return_index=True)
    return blocks.ravel()[seen[first]]


def estimate(
    predicted: Float64, manual: Float64, validation: Blocks, area: Blocks, confidence: float
) -> Interval | None:
    """Estimate the true total of an area; blocks with a manual total are not estimated.

    Args:
        predicted: (blocks,) total of each block.
        manual: (blocks,) total of each block; read in validation blocks only.
        validation: Numbers of the validation blocks.
        area: Numbers of the blocks of the area.
        confidence: Confidence of the interval, 0…1.

    Returns:
        The estimate; None if there are too few blocks, see `ratio_interval`.
    """
    unmapped = float(predicted[np.setdiff1d(area, validation)].sum())
    interval = ratio_interval(manual[validation], predicted[validation], unmapped, confidence)
    mapped = float(manual[np.intersect1d(area, validation)].sum())
    return interval and replace(
        interval,
        estimate=mapped + interval.estimate,
        low=mapped + interval.low,
        high=mapped + interval.high,
    )


def _totals(
    predicted: Figures, manual: Figures | None, validation: Blocks, area: Blocks, reason: str
) -> dict[str, Any]:
    """Return the totals of an area as they are written to JSON, and why one is undefined."""
    totals: dict[str, Any] = {}
    for name, figures in predicted.items():
        interval = (
            None
            if manual is None
            else estimate(figures, manual[name], validation, area, CONFIDENCE)
        )
        ends = (
            dict.fromkeys(("estimate", "low", "high"))
            if interval is None
            else {key: round(value, 2) for key, value in asdict(interval).items()}
        )
        totals[name] = {
            "predicted": round(float(figures[area].sum()), 2),
            "manual": None if manual is None else round(float(manual[name][area].sum()), 2),
            **ends,
            "confidence": CONFIDENCE,
        }
    undefined = any(total["estimate"] is None for total in totals.values())
    return totals | {"why": reason if undefined else None}
