"""Joining pieces of a real inventory that is mapped badly on purpose: python benchmarks/degraded.py INVENTORY prints a table.

The landslides are drawn on pixels of 10 m, blurred, and noise of a pixel or two in width is added to the log odds, more in every row: what
a network would give that is unsure of outlines and sees landslides where there are none. The noise is made up, the density of landslides
is not. Right joins put pieces of one landslide together, wrong ones those of two; there are no heights, so that axes and probability decide.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS
from scipy import ndimage

from slidelens.analysis.accuracy.confusion import count
from slidelens.analysis.accuracy.fragmentation import fragment_counts
from slidelens.analysis.outlines.fragment_rules import FragmentContext, FragmentRules
from slidelens.analysis.outlines.fragments import MergedFragments, merge_fragments
from slidelens.analysis.outlines.vectorise import outline_mask
from slidelens.analysis.overlay import overlaps, shapes_of
from slidelens.geo.grid import Grid, covering_grid
from slidelens.geo.rasterise import rasterise
from slidelens.layers.metric import read_metric
from slidelens.types import Shapes

PIXEL_M, MIN_AREA_M2 = 10.0, 200.0
COLUMNS = [
    "noise",
    "threshold",
    "F1(raw)",
    "F1(merged)",
    "raw",
    "merged",
    "manual",
    "right",
    "wrong",
    "pieces",
    "merged",
]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("inventory", type=Path)
    frame = read_metric(parser.parse_args().inventory)
    manual = shapes_of(frame.geometry.to_numpy())
    grid = covering_grid(tuple(frame.total_bounds), CRS.from_user_input(frame.crs), PIXEL_M)
    print(" ".join(f"{name:>10}" for name in COLUMNS))
    for noise in (1.0, 1.7, 2.3):
        probability = degraded(rasterise(manual, grid), noise)
        for threshold in (0.5, 0.7):
            values = row(manual, probability, threshold, grid)
            print(
                f"{noise:>10} {threshold:>10} "
                + " ".join(f"{v:>10.3f}" if isinstance(v, float) else f"{v:>10}" for v in values),
                flush=True,
            )


def degraded(mask: NDArray[np.bool_], noise: float) -> NDArray[np.float32]:
    """(height, width) probability of the blurred mask, with noise of a standard deviation in log odds."""
    pattern = ndimage.gaussian_filter(np.random.default_rng(0).standard_normal(mask.shape), 1.2)
    odds = (
        6 * (ndimage.gaussian_filter(mask.astype(float), 1.0) - 0.5)
        + noise * pattern / pattern.std()
    )
    return (1 / (1 + np.exp(-odds))).astype(np.float32)


def row(
    manual: Shapes, probability: NDArray[np.float32], threshold: float, grid: Grid
) -> list[float | int | None]:
    """The values of COLUMNS after the first two."""
    raw = shapes_of(
        outline_mask(
            probability, np.ones(grid.shape, bool), grid, threshold, MIN_AREA_M2
        ).geometry.to_numpy()
    )
    merged = merge_fragments(raw, FragmentRules(), FragmentContext(grid, probability, threshold))
    told = fragment_counts(raw, merged.shapes, manual)
    truth = rasterise(manual, grid)
    f1 = [count(truth, rasterise(shapes, grid)).f1 for shapes in (raw, merged.shapes)]
    pieces = [told["raw_pieces_per_landslide"], told["merged_pieces_per_landslide"]]
    return [*f1, len(raw), len(merged.shapes), len(manual), *joins(raw, merged, manual), *pieces]


def joins(raw: Shapes, merged: MergedFragments, manual: Shapes) -> tuple[int, int]:
    """Joins of pieces that lie on one landslide, and of pieces that lie on different ones; false alarms are neither."""
    pairs = overlaps(raw, manual)
    on, order = np.full(len(raw), -1), np.argsort(pairs.area_m2)
    on[pairs.left[order]] = pairs.right[order]
    right = wrong = 0
    for body in np.flatnonzero(merged.pieces > 1):
        landslides = on[(merged.body_of == body) & (on >= 0)]
        different = len(set(landslides.tolist()))
        right, wrong = right + len(landslides) - different, wrong + max(different - 1, 0)
    return right, wrong


if __name__ == "__main__":
    main()
