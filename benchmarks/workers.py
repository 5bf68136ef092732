"""Measure how much faster two workers of one thread map than one.

python -m benchmarks.workers runs in turn, --rounds times: `one`, a map with one worker, all
on one core; `two`, the same with two workers on two cores; and `apart`, two maps at once, each like
`one` on a core of its own. These do not wait for each other: what they gain is the most that two
workers could. All times are those of whole commands, with start-up, polygons and overviews. The
scene is one of the demo, mirrored. Linux only (taskset).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.arguments import argument_parser, run_or_exit
from benchmarks.speed import measuring
from benchmarks.speed.contenders import Contender, Inputs, Words
from benchmarks.speed.inputs import Study, add_study, mirrored_scene, weights_for

# The number of workers and the cores of each command that runs at the same time.
_WAYS: Mapping[str, Sequence[tuple[int, str]]] = {
    "one": [(1, "0")],
    "two": [(2, "0,1")],
    "apart": [(1, "0"), (1, "1")],
}


def main() -> None:
    """Print the times of each round and the ratios of their medians."""
    parser = argument_parser("benchmarks.workers", __doc__)
    parser.add_argument("--pixels", type=float, default=2.5e7, metavar="NUMBER")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--symmetries", type=int, choices=[1, 4, 8], default=4)
    add_study(parser)
    run_or_exit(_measure, parser.parse_args())


def _measure(arguments: argparse.Namespace) -> None:
    study, work = Study(arguments.study, arguments.date), arguments.work.resolve()
    weights = weights_for(study, arguments.symmetries, work)
    scene, inputs = mirrored_scene(study, arguments.pixels, work), Inputs(weights, weights, weights)
    seconds: dict[str, list[float]] = {name: [] for name in _WAYS}
    print("| " + " | ".join(f"{name}, s" for name in _WAYS) + " |")
    print("| ---: " * len(_WAYS) + "|")
    for _ in range(arguments.rounds):
        for name, commands in _WAYS.items():
            seconds[name].append(_time(commands, scene, inputs, work))
        print(
            "| " + " | ".join(f"{times[-1]:.1f}" for times in seconds.values()) + " |", flush=True
        )
    print(summary(seconds))


def _time(commands: Sequence[tuple[int, str]], scene: Path, inputs: Inputs, work: Path) -> float:
    """Return the seconds until the last of some commands that run at once has ended."""
    with (
        tempfile.TemporaryDirectory(dir=work) as name,
        ThreadPoolExecutor(len(commands)) as threads,
    ):
        folder = Path(name)
        costs = list(
            threads.map(
                measuring.run,
                [
                    ["taskset", "--cpu-list", cores, *_map(workers, scene, inputs, folder / cores)]
                    for workers, cores in commands
                ],
            )
        )
    for cost in costs:
        if cost.failure:
            sys.exit(cost.failure)
    return max(cost.wall_s for cost in costs)


def _map(workers: int, scene: Path, inputs: Inputs, folder: Path) -> Words:
    options = ("--workers", str(workers))
    return Contender("slidelens", "slidelens", options).command(scene, folder, inputs)


def summary(seconds: Mapping[str, Sequence[float]]) -> str:
    """Return by how much two workers, and two maps at once, are faster than one worker.

    Args:
        seconds: Times of each way, by its name.
    """
    one, two, apart = (statistics.median(seconds[name]) for name in _WAYS)
    return f"two workers {one / two:.2f} × one; two maps at once {2 * one / apart:.2f} ×"


if __name__ == "__main__":
    main()
