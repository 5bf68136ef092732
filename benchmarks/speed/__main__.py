"""Compare speed, memory and seams of `slidelens map` with those of other tools.

A scene of the demo is mirrored to 10⁷ and 10⁸ pixels. Each tool maps it with a network of the same
size, without symmetries, on the same cores, in a process of its own:

slidelens          `slidelens map` of this checkout, and with each option of --variant
slidelens at …     the same at an earlier commit, with --before COMMIT
authors' notebook  the loop of the notebook of Bhuyan et al. (2023), see authors.py
smp loop           segmentation_models_pytorch in a loop over windows, see smp_loop.py
geoai              geoai's own function, see geoai_predict.py

slidelens' time includes polygons and overviews, which the others do not make. Seams are differences
to the answer of the same network for a whole image of 2,048 × 2,048 pixels in one pass (float32).
A tool that would take longer than --limit-min on a size is not run on it; its time (marked *) is
that of the size before, in proportion.

The other tools are installed into an environment of their own in the work folder, unless
SLIDELENS_PEERS_PYTHON names the interpreter of one that has them. Prints the table and writes
results.csv into the work folder. The study is one whose pipeline has run on the demo.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from benchmarks.arguments import argument_parser, run_or_exit
from benchmarks.speed import measuring, results
from benchmarks.speed.contenders import contenders
from benchmarks.speed.environment import ROOT
from benchmarks.speed.inputs import WORK, Study, source_of
from benchmarks.speed.runs import Plan, iter_rows, measure_seams, prepare, speed_alone

TOOLS = ("slidelens", "authors", "smp", "geoai")


def main() -> None:
    """Measure, print the table and write the CSV file."""
    run_or_exit(_measure_all, _arguments())


def _arguments() -> argparse.Namespace:
    parser = argument_parser("benchmarks.speed", __doc__)
    parser.add_argument("--pixels", nargs="+", type=float, default=[1e7, 1e8], metavar="NUMBER")
    parser.add_argument("--rounds", type=int, default=1, help="each runs all tools once")
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=TOOLS)
    parser.add_argument("--before", metavar="COMMIT", help="also run slidelens at this commit")
    parser.add_argument(
        "--variant",
        nargs="+",
        default=[],
        metavar="NAME=OPTIONS",
        help="also run `slidelens map` with these options, such as 'f=--precision float32'",
    )
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--limit-min", type=float, default=25, help="(default: %(default)s)")
    parser.add_argument("--no-seams", action="store_true")
    parser.add_argument("--no-alone", action="store_true", help="not the networks by themselves")
    parser.add_argument(
        "--study",
        type=Path,
        default=ROOT,
        help="repository whose pipeline has run on the demo (default: this one)",
    )
    parser.add_argument("--date", default="2016")
    parser.add_argument("--work", type=Path, default=WORK, help="(default: %(default)s)")
    return parser.parse_args()


def _plan(arguments: argparse.Namespace) -> Plan:
    """Return what the arguments ask for."""
    study, work = Study(arguments.study, arguments.date), arguments.work.resolve()
    study.require()
    work.mkdir(parents=True, exist_ok=True)
    before = None
    if arguments.before is not None:
        before = (arguments.before, source_of(arguments.before, work))
    variants = dict(text.split("=", 1) for text in arguments.variant)
    return Plan(
        [one for one in contenders(before, variants) if one.tool in arguments.tools],
        study,
        work,
        arguments.pixels,
        arguments.rounds,
        arguments.cores,
        60 * arguments.limit_min,
    )


def _measure_all(arguments: argparse.Namespace) -> None:
    measuring.use_cores(arguments.cores)
    plan = _plan(arguments)
    inputs = prepare(plan.study, plan.work, any(one.is_peer for one in plan.contenders))
    found = {} if arguments.no_seams else measure_seams(plan, inputs)
    rows: list[results.Row] = []
    for row in iter_rows(plan, inputs):
        if (seam := found.get(row.contender)) is not None:
            rows.append(replace(row, largest_seam=seam.largest, share_off=seam.share))
        else:
            rows.append(row)
        results.append(plan.work / "results.csv", rows[-1:])
        _report(rows[-1])
    print("\n" + results.table(rows) + "\n")
    for name, speed in ({} if arguments.no_alone else speed_alone(inputs)).items():
        print(f"the network of {name} alone: {speed:.3f} Mpx/s (float32, windows in memory)")


def _report(row: results.Row) -> None:
    """Print a run as it ends."""
    print(
        f"{row.contender}, {row.pixels / 1e6:.0f} Mpx, round {row.round}: "
        + (row.failure or f"{row.wall_s:.1f} s, CPU {row.cpu_s:.1f} s, {row.peak_mb or 0:,.0f} MB")
        + (" (extrapolated)" if row.extrapolated else f" (load before {row.load:.1f})"),
        flush=True,
    )


if __name__ == "__main__":
    main()
