"""Merge the fragments of a real inventory that is mapped badly on purpose.

python -m benchmarks.degraded INVENTORY prints a table.

The landslides are drawn on pixels of 10 m and blurred, and noise one or two pixels wide is added to
the log odds, more in every row of the table. The result resembles the output of a network that is
unsure of outlines and maps landslides where there are none. The noise is made up; the density of
landslides is real. Right merges unite fragments of one landslide, wrong merges those of several.
There are no heights, so that only axes and probability decide.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rasterio.crs import CRS
from scipy import ndimage

from benchmarks.arguments import argument_parser
from slidelens.analysis.accuracy.confusion import count
from slidelens.analysis.accuracy.fragmentation import fragment_counts
from slidelens.analysis.outlines.fragment_rules import FragmentContext, FragmentRules
from slidelens.analysis.outlines.fragments import MergedFragments, merge_fragments
from slidelens.analysis.outlines.vectorise import vectorise
from slidelens.analysis.overlay import overlaps, shapes_of
from slidelens.api.inputs.inventories import load_together
from slidelens.geo.grid import Grid, covering_grid
from slidelens.geo.rasterise import rasterise
from slidelens.types import Float32, Mask, Shapes

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
    parser = argument_parser("benchmarks.degraded", __doc__)
    parser.add_argument("inventory", type=Path, help="vector file with polygons")
    (inventory,) = load_together([(parser.parse_args().inventory, "inventory")])
    frame = inventory.frame
    manual = shapes_of(frame.geometry.to_numpy())
    grid = covering_grid(tuple(frame.total_bounds), CRS.from_user_input(frame.crs), PIXEL_M)
    print(" ".join(f"{name:>10}" for name in COLUMNS))
    for noise in (1.0, 1.7, 2.3):
        probability = degrade(rasterise(manual, grid), noise)
        for threshold in (0.5, 0.7):
            values = table_row(manual, probability, threshold, grid)
            print(
                f"{noise:>10} {threshold:>10} "
                + " ".join(f"{v:>10.3f}" if isinstance(v, float) else f"{v:>10}" for v in values),
                flush=True,
            )


def degrade(mask: Mask, noise: float) -> Float32:
    """Return a probability map of a blurred mask with noise added to its log odds.

    Args:
        mask: (height, width).
        noise: Standard deviation of the noise, in log odds.
    """
    pattern = ndimage.gaussian_filter(np.random.default_rng(0).standard_normal(mask.shape), 1.2)
    odds = (
        6 * (ndimage.gaussian_filter(mask.astype(float), 1.0) - 0.5)
        + noise * pattern / pattern.std()
    )
    probability: Float32 = (1 / (1 + np.exp(-odds))).astype(np.float32)
    return probability


def table_row(
    manual: Shapes, probability: Float32, threshold: float, grid: Grid
) -> list[float | int | None]:
    """Return the values of COLUMNS after the first two."""
    raw = shapes_of(
        vectorise(
            probability, np.ones(grid.shape, bool), grid, threshold, MIN_AREA_M2
        ).landslides.geometry.to_numpy()
    )
    merged = merge_fragments(raw, FragmentRules(), FragmentContext(grid, probability, threshold))
    counts = fragment_counts(raw, merged.shapes, manual)
    truth = rasterise(manual, grid)
    f1 = [count(truth, rasterise(shapes, grid)).f1 for shapes in (raw, merged.shapes)]
    pieces = [counts["raw_pieces_per_landslide"], counts["merged_pieces_per_landslide"]]
    return [
        *f1,
        len(raw),
        len(merged.shapes),
        len(manual),
        *count_merges(raw, merged, manual),
        *pieces,
    ]


def count_merges(raw: Shapes, merged: MergedFragments, manual: Shapes) -> tuple[int, int]:
    """Return the number of merges within a landslide, and of merges across landslides.

    Fragments that lie on no landslide (false alarms) do not count.
    """
    pairs = overlaps(raw, manual)
    landslide_of, order = np.full(len(raw), -1), np.argsort(pairs.area_m2)
    landslide_of[pairs.left[order]] = pairs.right[order]
    right = wrong = 0
    for body in np.flatnonzero(merged.pieces > 1):
        landslides = landslide_of[(merged.body_of == body) & (landslide_of >= 0)]
        different = len(set(landslides.tolist()))
        right, wrong = right + len(landslides) - different, wrong + max(different - 1, 0)
    return right, wrong


if __name__ == "__main__":
    main()
