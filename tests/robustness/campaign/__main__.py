"""Run the campaign and print the table of outcomes, then every failure on a line.

PYTHONPATH=tests:. python -m robustness.campaign [--kinds vector raster] [--only TEXT] [--sample N]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from robustness.campaign.corpus import corpus, sample
from robustness.campaign.running import failures, run_inputs, table


def main() -> int:
    """Run the chosen inputs; return 1 if any outcome is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kinds", nargs="*", help="kinds of inputs (default: all)")
    parser.add_argument("--only", default="", help="inputs whose name holds this text")
    parser.add_argument("--sample", type=int, help="so many inputs, of every kind and command")
    parser.add_argument("--slow", type=int, default=60, help="slow ones in the sample")
    parser.add_argument("--at-once", type=int, default=2, help="(default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="keep the sound material here")
    parser.add_argument("--json", type=Path, help="write all outcomes to this file")
    parser.add_argument("--list", action="store_true", help="print the names, run nothing")
    arguments = parser.parse_args()
    chosen = [
        item
        for item in (sample(arguments.sample, arguments.slow) if arguments.sample else corpus())
        if item.kind in (arguments.kinds or [item.kind]) and arguments.only in item.name
    ]
    if arguments.list:
        print("\n".join(item.name for item in chosen))
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        outcomes = run_inputs(chosen, arguments.folder or Path(temporary), arguments.at_once)
    print(table(outcomes))
    for outcome in failures(outcomes):
        print(f"{outcome.outcome}: {outcome.input.name}: {outcome.why} {outcome.module}".rstrip())
    if arguments.json:
        rows = [
            {
                "name": one.input.name,
                "words": one.input.words,
                "outcome": one.outcome,
                "why": one.why,
                "module": one.module,
                **{key: asdict(one.result)[key] for key in ("status", "seconds", "out", "err")},
            }
            for one in outcomes
        ]
        arguments.json.write_text(json.dumps(rows, indent=1))
    return int(bool(failures(outcomes)))


if __name__ == "__main__":
    sys.exit(main())
