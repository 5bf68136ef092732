"""How well slidelens maps ground that no network has seen, beside what people would otherwise use.

Protocols: A, Iburi, from the east to the west; C, Iburi, false alarms on the image of before the earthquake. Parameters are those of
params.yaml, but for --epochs and --set. What is trained and scored is kept in the work folder: a run that was interrupted goes on, and
nothing runs twice until parameters, data or code change. Real data are read from SLIDELENS_REAL_DATA, by default ../shared/data.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import Any

import yaml
from benchmarks.quality import results
from benchmarks.quality.grounds import IBURI, ROOT
from benchmarks.quality.methods import METHODS
from benchmarks.quality.protocols import between_dates, next_valley
from benchmarks.quality.runs import Run

from slidelens.files import write_text
from slidelens.params import Params, parse_params

PROTOCOLS = {"A": next_valley, "C": between_dates}


def main() -> None:
    """Run what is asked for and is not there yet; print the table and write it as CSV."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    data = Path(os.environ.get("SLIDELENS_REAL_DATA", ROOT.parent / "shared/data"))
    if not data.is_dir():
        sys.exit(f"there are no real data in {data}; set SLIDELENS_REAL_DATA")
    settings = set()
    for seed in arguments.seeds:
        for name in _there(arguments.methods):
            params = parameters(data / "iburi", seed, arguments.epochs, arguments.set)
            run = Run(name, params, " ".join(arguments.set), arguments.work)
            for protocol in arguments.protocol:
                PROTOCOLS[protocol](run)
            settings.add(run.settings)
    told = results.summary(results.read(arguments.work / "results.csv"))
    write_text(arguments.work / "summary.csv", told.to_csv(index=False, float_format="%.4g"))
    print(results.table(told[told["settings"].isin(settings) & told["protocol"].isin(arguments.protocol)]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--protocol", nargs="+", choices=PROTOCOLS, default=list(PROTOCOLS))
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, help="most epochs, of fine-tuning too, where params.yaml has more")
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="other parameters, such as learning.gain=0.1")
    parser.add_argument("--work", type=Path, default=ROOT / ".slidelens/bench-quality", help="what is kept (default: %(default)s)")
    return parser.parse_args()


def _there(methods: list[str]) -> list[str]:
    """The methods whose packages are installed; the others are named."""
    for name in methods:
        if missing := METHODS[name].missing:
            print(f"{name} is left out: there is no {', '.join(missing)}; pip install 'slidelens[bench]'", file=sys.stderr)
    return [name for name in methods if not METHODS[name].missing]


def parameters(root: Path, seed: int, epochs: int | None, changes: list[str]) -> Params:
    """params.yaml for Iburi."""
    values = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values |= {"dates": IBURI["dates"], "seed": seed}
    values["study"] |= {"root": str(root), "aoi": IBURI["aoi"], "pretrain": IBURI["pretrain"]}
    values["finetune"]["from"] = dict.fromkeys(values["dates"], "pretrained")
    for change in changes:
        name, _, value = change.partition("=")
        _set(values, name.split("."), yaml.safe_load(value))
    if epochs is not None:
        values["epochs"] = min(values["epochs"], epochs)
        values["finetune"]["epochs"] = min(values["finetune"]["epochs"], epochs)
    return parse_params(values, "params.yaml, as changed,")


def _set(values: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        values = values[part]
    values[path[-1]] = value


if __name__ == "__main__":
    main()
