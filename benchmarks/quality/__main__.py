"""How well slidelens maps ground that no network has seen, beside what people would otherwise use.

A: Iburi, from the east to the west. B: from Taiwan to Kodagu and Iburi, and how few landslides are enough there. C: Iburi, false alarms on
the image of before the earthquake. D: the simulated demo's dates against their truth, where the pipeline has run on it (--demo).
With --options slidelens alone is run, as it is and with each option of `options.py` by itself.

Parameters are those of params.yaml, but for --epochs and --set. What is trained and scored is kept in the work folder: a run that was
interrupted goes on, and nothing runs twice until parameters, data or code change. summary.csv there has the mean and the range over the
seeds. Real data are read from SLIDELENS_REAL_DATA, by default ../shared/data.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import sys
from pathlib import Path
from typing import Any

import yaml
from benchmarks.quality import results
from benchmarks.quality.demo import demo
from benchmarks.quality.grounds import IBURI, MOSAICS, MOSAICS_PIXEL_M, ROOT, link_mosaics
from benchmarks.quality.methods import METHODS
from benchmarks.quality.options import OPTIONS
from benchmarks.quality.protocols import FEW, between_dates, elsewhere, next_valley
from benchmarks.quality.runs import Run

from slidelens.errors import SlidelensError
from slidelens.files import write_text
from slidelens.params.loading import parse_params
from slidelens.params.schema import Params

log = logging.getLogger(__name__)


def main() -> None:
    """Run what is asked for and is not there yet; print the table and write it as CSV."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    data = Path(os.environ.get("SLIDELENS_REAL_DATA", ROOT.parent / "shared/data"))
    real = set(arguments.protocol) - {"D"}
    if real and not data.is_dir():
        sys.exit(f"there are no real data in {data}; set SLIDELENS_REAL_DATA")
    settings = _demo(arguments) if "D" in arguments.protocol else set()
    changes = [
        arguments.set,
        *([*arguments.set, *option.split()] for option in OPTIONS if arguments.options),
    ]
    methods = ["slidelens"] if arguments.options else _there(arguments.methods)
    for seed, name, changed in itertools.product(arguments.seeds if real else [], methods, changes):
        try:
            settings |= _real(name, data, arguments, changed, seed)
        except SlidelensError as error:
            log.error(
                "%s, seed %d%s: %s", name, seed, "".join(f", {change}" for change in changed), error
            )
    told = results.summary(results.read(arguments.work / "results.csv"))
    write_text(arguments.work / "summary.csv", told.to_csv(index=False, float_format="%.4g"))
    print(
        results.table(
            told[told["settings"].isin(settings) & told["protocol"].isin(arguments.protocol)]
        )
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    known = f"{', '.join(METHODS)} (default: all that are installed)"
    parser.add_argument(
        "--protocol", nargs="+", choices=list("ABCD"), default=list("ABCD"), help="(default: all)"
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
        "--landslides",
        nargs="*",
        choices=FEW,
        default=FEW,
        help="for B: fine-tune with so many (default: all of these; none: no fine-tuning)",
    )
    parser.add_argument(
        "--epochs", type=int, help="epochs of training; of fine-tuning at most as many"
    )
    parser.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="other parameters, such as learning.gain=0.1",
    )
    parser.add_argument("--options", action="store_true", help="what each option brings, by itself")
    parser.add_argument(
        "--work",
        type=Path,
        default=ROOT / ".slidelens/bench-quality",
        help="what is kept (default: %(default)s)",
    )
    parser.add_argument(
        "--demo",
        type=Path,
        default=ROOT,
        help="for D: a repository whose pipeline has run on the demo (default: this one)",
    )
    return parser.parse_args()


def _there(methods: list[str]) -> list[str]:
    """The methods whose packages are installed; the others are named."""
    for name in methods:
        if missing := METHODS[name].missing:
            print(
                f"{name} is left out: there is no {', '.join(missing)}; pip install 'slidelens[bench]'",
                file=sys.stderr,
            )
    return [name for name in methods if not METHODS[name].missing]


def _demo(arguments: argparse.Namespace) -> set[str]:
    """The digest of the demo's results, where there are any."""
    try:
        return {demo(arguments.demo, arguments.work)}
    except SlidelensError as error:
        print(f"D is left out: {error}", file=sys.stderr)
        return set()


def _real(
    name: str, data: Path, arguments: argparse.Namespace, changes: list[str], seed: int
) -> set[str]:
    """One method at one seed through the protocols on real ground, with changes of params.yaml; the digests of its settings."""
    root = {"root": str(data / "iburi")}
    iburi, bands_alone = (
        _parameters(study | root, ["pre", "post"], changes, arguments.epochs, seed)
        for study in (IBURI | METHODS[name].study, IBURI)
    )
    mosaics = _parameters(
        MOSAICS | {"root": str(link_mosaics(data, arguments.work))},
        ["kodagu"],
        changes,
        arguments.epochs,
        seed,
    )
    far_iburi = bands_alone.model_copy(
        update={"study": bands_alone.study.model_copy(update={"pixel_m": MOSAICS_PIXEL_M})}
    )
    told = " ".join(changes)
    run, far = (
        Run(name, iburi, told, arguments.work),
        Run(name, mosaics, told, arguments.work, far_iburi),
    )
    if "A" in arguments.protocol:
        next_valley(run)
    if "C" in arguments.protocol:
        between_dates(run)
    if "B" in arguments.protocol:
        elsewhere(far, arguments.landslides)
    return {run.settings, far.settings}


def _parameters(
    study: dict[str, Any], dates: list[str], changes: list[str], epochs: int | None, seed: int
) -> Params:
    """params.yaml for a study, with the changes asked for."""
    values = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values |= {"dates": dates, "seed": seed}
    values["study"] |= study
    values["finetune"]["from"] = dict.fromkeys(dates, "pretrained")
    for change in changes:
        name, _, value = change.partition("=")
        _set(values, name.split("."), yaml.safe_load(value))
    if epochs is not None:
        values["epochs"] = epochs
        values["finetune"]["epochs"] = min(values["finetune"]["epochs"], epochs)
    return parse_params(values, "params.yaml, as changed,")


def _set(values: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        values = values[part]
    values[path[-1]] = value


if __name__ == "__main__":
    main()
