"""Time and memory of `slidelens lifecycle`, files read and written: python benchmarks/lifecycle.py [polygons …] prints a table.

The polygons are simulated: over eight dates, landslides of 30 corners appear, grow, shrink, fall into pieces and heal; every outline is
drawn anew at each date, as a mapper would, a metre or two off. Each size runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from slidelens import cli
from slidelens.geo.vector import write_inventory
from slidelens.types import Shapes

DATES = tuple(str(year) for year in range(2013, 2021))
CORNERS = 30
PER_KM2 = 15


def simulated(polygons: int, seed: int = 1) -> dict[str, Shapes]:
    """Dated inventories of about `polygons` outlines in all."""
    rng = np.random.default_rng(seed)
    number = int(polygons / 3.5)
    side = 1000 * np.sqrt(number / PER_KM2)
    centre = rng.uniform(0, side, (number, 2)) + (300_000, 3_000_000)
    radius = np.clip(np.exp(rng.normal(2.9, 0.6, number)), 8, 150)
    first = rng.choice(len(DATES), number, p=[0.25, 0.05, 0.4, 0.1, 0.05, 0.05, 0.05, 0.05])
    years = rng.geometric(0.2, number)
    return {
        label: _drawn(centre, radius, (first <= date) & (date < first + years), date - first, rng)
        for date, label in enumerate(DATES)
    }


def _drawn(
    centre: np.ndarray,
    radius: np.ndarray,
    bare: np.ndarray,
    age: np.ndarray,
    rng: np.random.Generator,
) -> Shapes:
    """Outlines, longer than wide, 6 % smaller every year, each corner and the whole a little off."""
    chosen = np.flatnonzero(bare)
    angle = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    size = (radius[chosen] * 0.94 ** age[chosen])[:, None] * (
        1 + rng.normal(0, 0.06, (len(chosen), CORNERS))
    )
    x = 0.6 * size * np.cos(angle) + (centre[chosen, 0] + rng.normal(0, 1, len(chosen)))[:, None]
    y = 1.7 * size * np.sin(angle) + (centre[chosen, 1] + rng.normal(0, 1, len(chosen)))[:, None]
    return shapely.polygons(np.stack([x, y], axis=-1))


def measure(polygons: int) -> tuple[int, int, float, float, float]:
    """Polygons, landslides, seconds of the clock and of the processor, and peak memory of this process in MB."""
    inventories = simulated(polygons)
    with tempfile.TemporaryDirectory() as folder:
        for label, shapes in inventories.items():
            write_inventory(
                gpd.GeoDataFrame(geometry=shapes, crs=32645), Path(folder) / f"{label}.gpkg"
            )
        files = sorted(map(str, Path(folder).glob("*.gpkg")))
        start, busy, printed = time.perf_counter(), time.process_time(), io.StringIO()
        with contextlib.redirect_stdout(printed):
            cli.main(["lifecycle", *files, "-o", f"{folder}/histories/landslides.gpkg"])
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        sum(map(len, inventories.values())),
        json.loads(printed.getvalue())["landslides"],
        seconds,
        busy,
        peak_mb,
    )


def main(sizes: list[int]) -> None:
    """Print the table."""
    print(
        f"{'polygons':>10} {'dates':>6} {'landslides':>11} {'seconds':>8} {'CPU s':>7} {'peak MB':>8}"
    )
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for polygons, landslides, seconds, busy, peak in pool.imap(measure, sizes):
            print(
                f"{polygons:>10,} {len(DATES):>6} {landslides:>11,} {seconds:>8.1f} {busy:>7.1f} {peak:>8,.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [14_000, 200_000])
