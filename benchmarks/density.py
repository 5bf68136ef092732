"""Measure the processor time of kernel density and of the comparison of two inventories.

python -m benchmarks.density [--landslides 14000] prints a line per task, on simulated landslides.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np
import shapely
from affine import Affine
from rasterio.crs import CRS

from benchmarks.arguments import argument_parser
from slidelens.analysis.comparison.area_agreement import (
    agreement_map,
    area_agreement,
    dissolve,
    pixel_counts,
)
from slidelens.analysis.comparison.object_matching import match_objects
from slidelens.analysis.comparison.size_agreement import size_difference
from slidelens.analysis.inventory.kernel_density import density_of_points
from slidelens.analysis.overlay import overlaps
from slidelens.geo.grid import Grid
from slidelens.types import Shapes

T = TypeVar("T")

SIDE_M = 10_000.0
GRID = Grid(CRS.from_epsg(32645), Affine(5, 0, 0, 0, -5, SIDE_M), 2000, 2000)


def main() -> None:
    """Print a line per task."""
    parser = argument_parser("benchmarks.density", __doc__)
    parser.add_argument("--landslides", type=int, default=14_000, help="(default: %(default)s)")
    count = parser.parse_args().landslides
    observed, predicted = landslides(count, 0.0), landslides(count, 5.0)
    points = shapely.get_coordinates(shapely.centroid(observed))
    for radius_m in (None, 50.0, 500.0, 2000.0):
        work = partial(density_of_points, points, GRID, SIDE_M**2, radius_m=radius_m)
        time_task(f"density, 2000 × 2000 cells, radius {radius_m or 'by default'}", work)
    dissolved = [
        time_task("dissolved landslides", partial(dissolve, shapes))
        for shapes in (observed, predicted)
    ]
    time_task("common area", lambda: area_agreement(dissolved[0], dissolved[1]))
    time_task("pixels of 5 m", lambda: pixel_counts(dissolved[0], dissolved[1], GRID))
    pairs = time_task("overlapping landslides", lambda: overlaps(observed, predicted))
    time_task("one-to-one matching", lambda: match_objects(observed, predicted, pairs))
    time_task(
        "map of hits, misses and false alarms",
        lambda: agreement_map(dissolved[0], dissolved[1]),
    )
    time_task(
        "test of sizes",
        lambda: size_difference(shapely.area(observed), shapely.area(predicted)),
    )


def time_task(what: str, work: Callable[[], T]) -> T:
    """Do the work and print its processor time."""
    start = time.process_time()
    result = work()
    print(f"{time.process_time() - start:7.2f} s  {what}")
    return result


def landslides(count: int, shift_m: float) -> Shapes:
    """Return ragged outlines with areas from the general distribution of Malamud et al. (2004).

    The outlines are the same in every call, but for their random shift.

    Args:
        count: Number of landslides.
        shift_m: Standard deviation of the shift in x and y, metres.
    """
    random = np.random.default_rng(0)
    areas_m2 = np.clip(-132 + 1280 / random.gamma(1.4, size=count), 200, 2e5)
    centres = random.uniform(0, SIDE_M, (count, 2))
    angles = np.sort(random.uniform(0, 2 * np.pi, (count, 24)), axis=1)
    radii = np.sqrt(areas_m2 / np.pi)[:, None] * random.uniform(0.7, 1.3, (count, 24))
    centres = centres + np.random.default_rng(1).normal(0, 1, (count, 2)) * shift_m
    outlines = centres[:, None, :] + radii[..., None] * np.stack(
        [np.cos(angles), np.sin(angles)], axis=-1
    )
    shapes: Shapes = shapely.make_valid(shapely.polygons(outlines))
    return shapes


if __name__ == "__main__":
    main()
