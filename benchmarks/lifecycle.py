"""Measure time and memory of `slidelens lifecycle`, with files read and written.

python -m benchmarks.lifecycle [POLYGONS …] prints a row per number of polygons.

The polygons are simulated: over eight dates, landslides with 30 corners appear, grow, shrink, break
up and heal. As a mapper would, every date draws each outline anew, a metre or two off. Each size
runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from benchmarks.arguments import argument_parser
from slidelens import cli
from slidelens.geo.vectors.inventory import write_inventory
from slidelens.types import Float64, Int64, Mask, Shapes

DATES = tuple(str(year) for year in range(2013, 2021))
CORNERS = 30
PER_KM2 = 15


def simulate(polygons: int, seed: int = 1) -> dict[str, Shapes]:
    """Return the inventories of all dates, about `polygons` outlines in total."""
    rng = np.random.default_rng(seed)
    number = int(polygons / 3.5)
    side = 1000 * np.sqrt(number / PER_KM2)
    centre = rng.uniform(0, side, (number, 2)) + (300_000, 3_000_000)
    radius = np.clip(np.exp(rng.normal(2.9, 0.6, number)), 8, 150)
    first = rng.choice(len(DATES), number, p=[0.25, 0.05, 0.4, 0.1, 0.05, 0.05, 0.05, 0.05])
    years = rng.geometric(0.2, number)
    return {
        label: _draw(centre, radius, (first <= date) & (date < first + years), date - first, rng)
        for date, label in enumerate(DATES)
    }


def _draw(
    centre: Float64,
    radius: Float64,
    is_open: Mask,
    age: Int64,
    rng: np.random.Generator,
) -> Shapes:
    """Return outlines that shrink by 6 % a year, with noise on each corner and on the centre."""
    chosen = np.flatnonzero(is_open)
    angle = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    size = (radius[chosen] * 0.94 ** age[chosen])[:, None] * (
        1 + rng.normal(0, 0.06, (len(chosen), CORNERS))
    )
    x = 0.6 * size * np.cos(angle) + (centre[chosen, 0] + rng.normal(0, 1, len(chosen)))[:, None]
    y = 1.7 * size * np.sin(angle) + (centre[chosen, 1] + rng.normal(0, 1, len(chosen)))[:, None]
    outlines: Shapes = np.atleast_1d(np.asarray(shapely.polygons(np.stack([x, y], axis=-1))))
    return outlines


@dataclass(frozen=True)
class Measurement:
    """What one size takes.

    Attributes:
        polygons: Outlines of all dates.
        landslides: Histories that they form.
        seconds: Time of the clock.
        cpu_seconds: Time of the processor.
        peak_mb: Peak memory of the process.
    """

    polygons: int
    landslides: int
    seconds: float
    cpu_seconds: float
    peak_mb: float


def measure(polygons: int) -> Measurement:
    """Run the command on about `polygons` simulated outlines in this process."""
    inventories = simulate(polygons)
    with tempfile.TemporaryDirectory() as folder:
        for label, shapes in inventories.items():
            frame = gpd.GeoDataFrame(geometry=shapes, crs=32645)
            write_inventory(frame, Path(folder) / f"{label}.gpkg")
        files = sorted(map(str, Path(folder).glob("*.gpkg")))
        start, cpu_start, output = time.perf_counter(), time.process_time(), io.StringIO()
        with contextlib.redirect_stdout(output):
            cli.main(["lifecycle", *files, "-o", f"{folder}/histories/landslides.gpkg"])
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    return Measurement(
        polygons=sum(map(len, inventories.values())),
        landslides=json.loads(output.getvalue())["landslides"],
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def main() -> None:
    """Print the table."""
    parser = argument_parser("benchmarks.lifecycle", __doc__)
    parser.add_argument(
        "polygons",
        nargs="*",
        type=int,
        default=[14_000, 200_000],
        help="outlines of all dates together (default: %(default)s)",
    )
    sizes = parser.parse_args().polygons
    heads = ("polygons", 10), ("dates", 6), ("landslides", 11), ("seconds", 8), ("CPU s", 7)
    print(*(f"{name:>{width}}" for name, width in heads), f"{'peak MB':>8}")
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for row in pool.imap(measure, sizes):
            print(
                f"{row.polygons:>10,} {len(DATES):>6} {row.landslides:>11,} {row.seconds:>8.1f}"
                f" {row.cpu_seconds:>7.1f} {row.peak_mb:>8,.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
