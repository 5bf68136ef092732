"""Processor seconds for kernel density and for the comparison of two inventories, on simulated landslides.

python benchmarks/density.py [--landslides 14000]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np
import shapely
from affine import Affine
from rasterio.crs import CRS

from slidelens.analysis.comparison import object_matching as agreement
from slidelens.analysis.inventory.kernel_density import density_of_points
from slidelens.analysis.overlay import overlaps
from slidelens.geo.grid import Grid
from slidelens.types import Shapes

T = TypeVar("T")

SIDE_M = 10_000.0
GRID = Grid(CRS.from_epsg(32645), Affine(5, 0, 0, 0, -5, SIDE_M), 2000, 2000)


def main() -> None:
    """Print a line a task."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--landslides", type=int, default=14_000)
    count = parser.parse_args().landslides
    observed, predicted = landslides(count, 0.0), landslides(count, 5.0)
    points = shapely.get_coordinates(shapely.centroid(observed))
    for radius_m in (None, 50.0, 500.0, 2000.0):
        work = partial(density_of_points, points, GRID, SIDE_M**2, radius_m=radius_m)
        timed(f"density, 2000 × 2000 cells, radius {radius_m or 'by default'}", work)
    ground = [
        timed("ground without overlaps", partial(agreement.dissolve, shapes))
        for shapes in (observed, predicted)
    ]
    timed("common ground", lambda: agreement.area_agreement(ground[0], ground[1]))
    timed("pixels of 5 m", lambda: agreement.pixel_counts(ground[0], ground[1], GRID))
    pairs = timed("overlapping landslides", lambda: overlaps(observed, predicted))
    timed("one-to-one matching", lambda: agreement.match_objects(observed, predicted, pairs))
    timed(
        "map of hits, misses and false alarms",
        lambda: agreement.agreement_map(ground[0], ground[1]),
    )
    timed(
        "test of sizes",
        lambda: agreement.size_difference(shapely.area(observed), shapely.area(predicted)),
    )


def timed(what: str, work: Callable[[], T]) -> T:
    """Do the work and print how long it took."""
    start = time.process_time()
    result = work()
    print(f"{time.process_time() - start:7.2f} s  {what}")
    return result


def landslides(count: int, shift_m: float) -> Shapes:
    """Ragged outlines with areas from Malamud's general distribution; the same ones each time, moved at random by some metres."""
    random = np.random.default_rng(0)
    areas_m2 = np.clip(-132 + 1280 / random.gamma(1.4, size=count), 200, 2e5)
    centres = random.uniform(0, SIDE_M, (count, 2))
    angles = np.sort(random.uniform(0, 2 * np.pi, (count, 24)), axis=1)
    radii = np.sqrt(areas_m2 / np.pi)[:, None] * random.uniform(0.7, 1.3, (count, 24))
    centres = centres + np.random.default_rng(1).normal(0, 1, (count, 2)) * shift_m
    outlines = centres[:, None, :] + radii[..., None] * np.stack(
        [np.cos(angles), np.sin(angles)], axis=-1
    )
    return shapely.make_valid(shapely.polygons(outlines))


if __name__ == "__main__":
    main()
