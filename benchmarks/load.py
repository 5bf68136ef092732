"""Measure time and memory of the commands that read inventories, from 25,000 to 200,000 polygons.

python -m benchmarks.load [POLYGONS …] [--commands …] [--source FOLDER] prints a row per command and
size: seconds, peak memory, and growth: the exponent p of seconds ~ polygons^p from the size before.
With --source, the `src` of another checkout, such as `git worktree add /tmp/last v0.1.0` makes, the
same is measured with that code and the ratio of seconds printed.

The polygons are simulated, three dates in all for `lifecycle` and two inventories of that size for
`compare`. For `outlines`, also `lifecycle`, the size is the vertices of one ragged outline a date,
each beside the one before and over it; `--commands outlines` measures this alone. Each command runs
in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import math
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from benchmarks.arguments import argument_parser
from slidelens.geo.vectors.inventory import write_inventory
from slidelens.types import Shapes

SIZES = (25_000, 50_000, 100_000, 200_000)
CORNERS = 24
PER_KM2 = 15
COMMANDS = {
    "lifecycle": ("lifecycle", "2013.gpkg", "2014.gpkg", "2015.gpkg", "-o", "histories.gpkg"),
    "outlines": (
        "lifecycle",
        *(f"outline-{year}.gpkg" for year in (2013, 2014, 2015)),
        "-o",
        "o.gpkg",
    ),
    "compare": ("compare", "first.gpkg", "second.gpkg", "--bootstrap", "99", "--pixel-m", "20"),
    "density": ("density", "first.gpkg", "-o", "density.tif", "--cell-m", "200"),
    "sizes": ("sizes", "first.gpkg", "--bootstrap", "20"),
}


@dataclass(frozen=True)
class Cost:
    """What a command takes.

    Attributes:
        seconds: Processor time, which other processes change less than that of the clock.
        peak_mb: Peak memory of the process.
        failure: Last line of standard error if the command failed.
    """

    seconds: float
    peak_mb: float
    failure: str = ""


def landslides(number: int, seed: int, shift_m: float = 0.0) -> Shapes:
    """Return ragged outlines, fifteen on a square kilometre.

    Args:
        number: Number of outlines.
        seed: Of the corners' noise; the places are the same for every seed.
        shift_m: Standard deviation of each outline's shift, metres.
    """
    places, noise = np.random.default_rng(0), np.random.default_rng(seed)
    side_m = 1000 * math.sqrt(number / PER_KM2)
    centres = places.uniform(0, side_m, (number, 2)) + (300_000, 3_000_000)
    radii_m = np.clip(np.exp(places.normal(2.9, 0.6, number)), 8, 150)
    angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    sizes = radii_m[:, None] * (1 + noise.normal(0, 0.06, (number, CORNERS)))
    centres = centres + noise.normal(0, 1, (number, 2)) * shift_m
    corners = sizes[..., None] * np.stack([np.cos(angles), 1.7 * np.sin(angles)], axis=-1)
    shapes: Shapes = np.asarray(shapely.polygons(centres[:, None, :] + corners))
    return shapes


def large_outline(vertices: int, seed: int, shift_m: float) -> shapely.Polygon:
    """Return an outline of some kilometres that is ragged on every scale down to its vertices.

    Args:
        vertices: Number of vertices.
        seed: Of its shape.
        shift_m: How far east it lies, metres.
    """
    rng = np.random.default_rng(seed)
    angles, waves, frequency = np.linspace(0, 2 * np.pi, vertices, endpoint=False), 0.0, 1
    while frequency < vertices / 4:
        wave = np.sin(frequency * angles + rng.uniform(0, 2 * np.pi))
        waves = waves + rng.normal() * wave / frequency**0.8
        frequency += frequency // 2 + 1
    radii_m = 5_000 * np.exp(0.3 * waves)
    x, y = radii_m * np.cos(angles), radii_m * np.sin(angles)
    return shapely.Polygon(np.column_stack([x + 300_000 + shift_m, y + 3_000_000]))


def write_files(folder: Path, polygons: int) -> None:
    """Write two inventories of so many polygons, and three dates that hold so many in all.

    Three dates of one outline of so many vertices lie beside them.
    """
    for name, seed in (("first", 1), ("second", 2)):
        _write(folder / f"{name}.gpkg", landslides(polygons, seed, 2.0))
    third = polygons // 3
    for index, date in enumerate(("2013", "2014", "2015")):
        outlines = landslides(2 * third, index, 1.0)
        _write(folder / f"{date}.gpkg", outlines[index * third // 2 :][:third])
        outline = large_outline(polygons, index, 8_000.0 * index)
        _write(folder / f"outline-{date}.gpkg", np.array([outline]))


def _write(path: Path, shapes: Shapes) -> None:
    write_inventory(gpd.GeoDataFrame(geometry=shapes, crs=32645), path)


def measure(command: str, folder: Path, source: Path | None = None) -> Cost:
    """Run a command in a folder that `write_files` filled.

    Args:
        command: Name in COMMANDS.
        folder: Of the inventories.
        source: `src` of the code to run; by default this checkout's.
    """
    variables = dict(os.environ)
    if source is not None:
        variables["PYTHONPATH"] = str(source)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = (
        "import resource, sys; from slidelens import cli; status = cli.main(sys.argv[1:]);"
        "print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr);"
        "sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *COMMANDS[command]],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = done.stderr.splitlines() or [""]
    peak = float(lines[-1].split()[1]) / 1024 if lines[-1].startswith("peak ") else math.nan
    failure = lines[max(len(lines) - 2, 0)] if done.returncode else ""
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(seconds, peak, failure)


def growth(smaller: tuple[int, float], larger: tuple[int, float]) -> float:
    """Return the exponent p of seconds ~ polygons^p between two (polygons, seconds)."""
    return math.log(larger[1] / smaller[1]) / math.log(larger[0] / smaller[0])


def rows(
    sizes: list[int], commands: list[str], source: Path | None
) -> Iterator[tuple[str, int, Cost, float | None, Cost | None]]:
    """Measure; yield command, polygons, cost, growth since the size before, and the other cost."""
    last: dict[str, tuple[int, float]] = {}
    for polygons in sizes:
        with tempfile.TemporaryDirectory() as folder:
            write_files(Path(folder), polygons)
            for command in commands:
                cost = measure(command, Path(folder))
                now = (polygons, cost.seconds)
                exponent = growth(last[command], now) if command in last else None
                last[command] = now
                other = None if source is None else measure(command, Path(folder), source)
                yield command, polygons, cost, exponent, other


def main() -> None:
    """Print the table."""
    parser = argument_parser("benchmarks.load", __doc__)
    parser.add_argument("polygons", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--commands", nargs="*", choices=COMMANDS, default=list(COMMANDS))
    parser.add_argument("--source", type=Path, help="the folder src of the code to compare with")
    arguments = parser.parse_args()
    heads = f"{'command':<10} {'polygons':>9} {'CPU s':>8} {'peak MB':>8} {'growth':>7}"
    print(heads + ("" if arguments.source is None else f" {'other s':>8} {'MB':>7} {'ratio':>6}"))
    for command, polygons, cost, exponent, other in rows(
        arguments.polygons, arguments.commands, arguments.source
    ):
        power = "–" if exponent is None else f"{exponent:.2f}"
        line = f"{command:<10} {polygons:>9,} {cost.seconds:>8.1f} {cost.peak_mb:>8,.0f} {power:>7}"
        if other is not None:
            ratio = cost.seconds / other.seconds
            line += f" {other.seconds:>8.1f} {other.peak_mb:>7,.0f} {ratio:>6.2f}"
        failures = [one.failure for one in (cost, other) if one is not None and one.failure]
        print(line, *failures, flush=True)


if __name__ == "__main__":
    main()
