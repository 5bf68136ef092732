"""Compare how well slidelens and other methods map ground that no network has seen.

A: Iburi, from the east to the west. B: from Taiwan to Kodagu and Iburi, and how few landslides are
enough there. C: Iburi, false alarms in the image before the earthquake. D: the dates of the
simulated demo against their truth, if the pipeline has run on it (--demo). E: slidelens trained on
all regions but one (Taiwan, Kodagu, Iburi, Bijie), mapping that one. With --options, only slidelens
is run: as it is, and with each option of `options.py` by itself.

Parameters are those of params.yaml, except for --epochs and --set. All trainings and scores are
kept in the work folder: an interrupted benchmark resumes, and nothing runs twice until parameters,
data or code change. summary.csv there has the mean and the range over the seeds. Real data are read
from SLIDELENS_REAL_DATA, by default ../shared/data.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import logging
import os
import sys
from pathlib import Path

from benchmarks.arguments import argument_parser
from benchmarks.quality import regions, results
from benchmarks.quality.demo import demo
from benchmarks.quality.grounds import IBURI, MOSAICS, MOSAICS_PIXEL_M, ROOT, link_mosaics
from benchmarks.quality.methods.compared import METHODS
from benchmarks.quality.options import OPTIONS
from benchmarks.quality.protocols import FEW, between_dates, elsewhere, next_valley
from benchmarks.quality.runs import Run
from benchmarks.quality.studies import study_params
from slidelens.errors import SlidelensError
from slidelens.files import write_text
from zoo.regions import REGIONS

log = logging.getLogger(__name__)


def main() -> None:
    """Run what is missing; print the table and write it as CSV."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    data = Path(os.environ.get("SLIDELENS_REAL_DATA", ROOT.parent / "shared/data"))
    real = set(arguments.protocol) - {"D"}
    if real and not data.is_dir():
        sys.exit(f"there are no real data in {data}; set SLIDELENS_REAL_DATA")
    settings = _score_demo(arguments) if "D" in arguments.protocol else set()
    if real:
        settings |= _score_methods(data, arguments)
    statistics = results.summary(results.read(arguments.work / "results.csv"))
    write_text(arguments.work / "summary.csv", statistics.to_csv(index=False, float_format="%.4g"))
    chosen = statistics["settings"].isin(settings) & statistics["protocol"].isin(arguments.protocol)
    print(results.table(statistics[chosen]))


def _arguments() -> argparse.Namespace:
    parser = argument_parser("benchmarks.quality", __doc__)
    known = f"{', '.join(METHODS)} (default: all that are installed)"
    parser.add_argument(
        "--protocol", nargs="+", choices=list("ABCDE"), default=list("ABCDE"), help="(default: all)"
    )
    parser.add_argument(
        "--methods",
        "--peers",
        nargs="+",
        choices=METHODS,
        default=list(METHODS),
        metavar="NAME",
        help=known,
    )
    parser.add_argument(
        "--seeds",
        nargs="+",
        type=int,
        default=[1, 4, 7],
        help="(default: %(default)s; members of an ensemble take the seeds that follow)",
    )
    parser.add_argument(
        "--regions",
        nargs="+",
        choices=REGIONS,
        default=list(REGIONS),
        help="for E: regions to leave out, one at a time (default: all)",
    )
    parser.add_argument(
        "--landslides",
        nargs="*",
        choices=FEW,
        default=FEW,
        help="for B: numbers of landslides to fine-tune with (default: all; none: no fine-tuning)",
    )
    _add_changes(parser)
    _add_folders(parser)
    return parser.parse_args()


def _add_changes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--epochs", type=int, help="epochs of training, and the most for fine-tuning"
    )
    parser.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="other parameters, for example learning.gain=0.1",
    )
    parser.add_argument("--options", action="store_true", help="try each option by itself")


def _add_folders(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--work",
        type=Path,
        default=ROOT / ".slidelens/bench-quality",
        help="folder of all that is kept (default: %(default)s)",
    )
    parser.add_argument(
        "--demo",
        type=Path,
        default=ROOT,
        help="for D: a repository whose pipeline has run on the demo (default: this one)",
    )


def _installed(methods: list[str]) -> list[str]:
    """Return the methods whose packages are installed; name the others."""
    for name in methods:
        if missing := METHODS[name].missing:
            print(
                f"{name} is left out: {', '.join(missing)} is not installed;"
                " pip install 'slidelens[bench]'",
                file=sys.stderr,
            )
    return [name for name in methods if not METHODS[name].missing]


def _import_packages(methods: list[str]) -> None:
    """Import what the methods need: PyTorch for CUDA crashes if it comes after TensorFlow."""
    for name in methods:
        for package in METHODS[name].needs:
            importlib.import_module(package)


def _score_demo(arguments: argparse.Namespace) -> set[str]:
    """Return the digest of the demo's results, if there are any."""
    try:
        return {demo(arguments.demo, arguments.work)}
    except SlidelensError as error:
        print(f"D is left out: {error}", file=sys.stderr)
        return set()


def _score_methods(data: Path, arguments: argparse.Namespace) -> set[str]:
    """Run all methods, seeds and options on real ground; return the digests of their settings."""
    changes = [arguments.set]
    if arguments.options:
        changes += [[*arguments.set, *option.split()] for option in OPTIONS]
    methods = ["slidelens"] if arguments.options else _installed(arguments.methods)
    _import_packages(methods)
    settings: set[str] = set()
    for seed, name, changed in itertools.product(arguments.seeds, methods, changes):
        try:
            settings |= _score_method(name, data, arguments, changed, seed)
            if "E" in arguments.protocol and name == regions.NAME:
                settings |= regions.without_each(
                    data, arguments.work, changed, arguments.epochs, seed, arguments.regions
                )
        except SlidelensError as error:
            text = "".join(f", {change}" for change in changed)
            log.error("%s, seed %d%s: %s", name, seed, text, error)
    return settings


def _score_method(
    name: str, data: Path, arguments: argparse.Namespace, changes: list[str], seed: int
) -> set[str]:
    """Run one method with one seed through the protocols on real ground."""
    root = {"root": str(data / "iburi")}
    iburi, bands_alone = (
        study_params(study | root, ["pre", "post"], changes, arguments.epochs, seed)
        for study in (IBURI | dict(METHODS[name].study), IBURI)
    )
    mosaics = study_params(
        MOSAICS | {"root": str(link_mosaics(data, arguments.work))},
        ["kodagu"],
        changes,
        arguments.epochs,
        seed,
    )
    far_iburi = bands_alone.model_copy(
        update={"study": bands_alone.study.model_copy(update={"pixel_m": MOSAICS_PIXEL_M})}
    )
    text = " ".join(changes)
    run = Run(name, iburi, text, arguments.work)
    far = Run(name, mosaics, text, arguments.work, far_iburi)
    if "A" in arguments.protocol:
        next_valley(run)
    if "C" in arguments.protocol:
        between_dates(run)
    if "B" in arguments.protocol:
        elsewhere(far, arguments.landslides)
    return {run.settings, far.settings}


if __name__ == "__main__":
    main()
