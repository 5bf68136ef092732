"""Run inputs in two servers, one with TensorFlow and one without, and judge the results."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from robustness.campaign.item import FAILURES, OUTCOMES, Input, Outcome, Result
from robustness.campaign.judge import judge
from robustness.campaign.known import KNOWN
from robustness.campaign.materials import MATERIALS

_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "MPLBACKEND": "agg",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DVC_NO_ANALYTICS": "1",
    "NO_COLOR": "1",
}


def make_materials(folder: Path) -> Path:
    """Write the sound material into a folder, unless it is there."""
    target, unfinished = folder / "materials", folder / "unfinished"
    if not target.exists():
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        _python("robustness.campaign.materials", unfinished, folder=folder)
        unfinished.rename(target)
    return target


def run_inputs(items: Sequence[Input], folder: Path, at_once: int = 2) -> list[Outcome]:
    """Run inputs and judge them.

    Args:
        items: The inputs.
        folder: For the material and the inputs' files, which are removed.
        at_once: Inputs that run at the same time.
    """
    make_materials(folder)
    results: dict[str, Result] = {}
    for network in (False, True):
        names = [item.name for item in items if item.is_slow == network]
        if names:
            results |= _serve(names, network, folder, at_once)
    return [judge(item, results[item.name]) for item in items]


def _serve(names: list[str], network: bool, folder: Path, at_once: int) -> dict[str, Result]:
    jobs, answers = folder / f"jobs{network:d}.json", folder / f"results{network:d}.jsonl"
    work = folder / f"work{network:d}"
    work.mkdir(exist_ok=True)
    described = {"names": names, "network": network, "folder": str(work), "at_once": at_once}
    jobs.write_text(json.dumps(described))
    _python("robustness.campaign.server", jobs, answers, folder=folder)
    lines = map(json.loads, answers.read_text().splitlines())
    return {values["name"]: _result(values) for values in lines}


def _result(values: dict[str, Any]) -> Result:
    for name in ("changed", "missing", "there"):
        values[name] = tuple(values[name])
    return Result(**values)


def _python(module: str, *arguments: Path, folder: Path) -> None:
    variables = (
        os.environ
        | _ENVIRONMENT
        | {
            MATERIALS: str(folder / "materials"),
            "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/materials/mlflow.db",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", module, *map(str, arguments)],
        env=variables,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{module} ended with status {done.returncode}: {done.stderr[-3000:]}")


def table(outcomes: Iterable[Outcome]) -> str:
    """Return the numbers of inputs by kind and outcome, as aligned text."""
    counts = Counter((outcome.input.kind, outcome.outcome) for outcome in outcomes)
    kinds = list(dict.fromkeys(kind for kind, _ in counts))
    rows = [["kind", *OUTCOMES, "all"]]
    for kind in [*kinds, "all"]:
        numbers = [
            sum(n for (k, o), n in counts.items() if kind in (k, "all") and o == outcome)
            for outcome in OUTCOMES
        ]
        rows.append([kind, *map(str, numbers), str(sum(numbers))])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )


def failures(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return those that are wrong and not in `KNOWN`."""
    return [
        outcome
        for outcome in outcomes
        if outcome.outcome in FAILURES and outcome.input.name not in KNOWN
    ]
