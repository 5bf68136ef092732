"""Measure time and memory of `slidelens map` on scenes of 10⁶ to 10⁹ pixels.

python -m benchmarks.speed.linear [--largest] [--options '…'] prints a line per size: seconds, peak
memory, and growth: the exponent p of seconds ~ pixels^p from the size before, 1 is linear. The
scene is one of the demo, mirrored; 10⁹ pixels, which take some hours and 20 GB of disk, only with
--largest. Maps are averaged over --symmetries (default: those of the weights).
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
from pathlib import Path

from benchmarks.arguments import argument_parser, run_or_exit
from benchmarks.speed import measuring
from benchmarks.speed.contenders import Contender, Inputs
from benchmarks.speed.environment import ROOT
from benchmarks.speed.inputs import Study, add_study, mirrored_scene, weights_for
from benchmarks.speed.make_scene import side_px

SIZES, LARGEST = (1e6, 1e7, 1e8), 1e9


def growth(smaller: tuple[int, float] | None, larger: tuple[int, float]) -> float | None:
    """Return the exponent p of seconds ~ pixels^p between two (pixels, seconds)."""
    if smaller is None:
        return None
    return math.log(larger[1] / smaller[1]) / math.log(larger[0] / smaller[0])


def line(pixels: int, cost: measuring.Cost, exponent: float | None, load: float) -> str:
    """Return a line of the table.

    Args:
        pixels: Pixels of the scene.
        cost: What the command took.
        exponent: Growth since the size before, of processor time.
        load: Load of the machine before the run.
    """
    numbers = [
        f"{pixels / 1e6:,.0f}",
        f"{cost.wall_s:,.1f}",
        f"{cost.cpu_s:,.1f}",
        f"{pixels / 1e6 / cost.wall_s:.3f}",
        f"{cost.peak_mb:,.0f}",
        "" if exponent is None else f"{exponent:.2f}",
        f"{load:.1f}",
    ]
    return "| " + " | ".join(numbers) + " |" + (f" {cost.failure}" if cost.failure else "")


def main() -> None:
    """Print the table."""
    parser = argument_parser("benchmarks.speed.linear", __doc__)
    parser.add_argument("--pixels", nargs="+", type=float, default=list(SIZES), metavar="NUMBER")
    parser.add_argument("--largest", action="store_true", help="also 10⁹ pixels")
    parser.add_argument("--options", default="", help="options of `slidelens map`")
    parser.add_argument("--symmetries", type=int, choices=[1, 4, 8])
    parser.add_argument("--cores", type=int, default=2)
    add_study(parser)
    run_or_exit(_measure, parser.parse_args())


def _measure(arguments: argparse.Namespace) -> None:
    study, work = Study(arguments.study, arguments.date), arguments.work.resolve()
    weights = weights_for(study, arguments.symmetries, work)
    measuring.use_cores(arguments.cores)
    command = Contender("slidelens", "slidelens", tuple(arguments.options.split()))
    inputs, last = Inputs(weights, weights, weights), None
    print("| Mpx | s | CPU s | Mpx/s | peak MB | growth | load |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for pixels in [*arguments.pixels, *([LARGEST] if arguments.largest else [])]:
        scene = mirrored_scene(study, pixels, work)
        load = os.getloadavg()[0]
        with tempfile.TemporaryDirectory(dir=work) as folder:
            cost = measuring.run(command.command(scene, Path(folder), inputs), folder=ROOT)
        now = (side_px(pixels) ** 2, cost.cpu_s)
        print(line(now[0], cost, growth(last, now), load), flush=True)
        last = now


if __name__ == "__main__":
    main()
