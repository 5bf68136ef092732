"""`slidelens audit`: shows that no test pixel reached training, validation or statistics, at any date.

With --careless it also fine-tunes a date on overlapping patches parted at random, to show what F1 such a split would have claimed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.errors import ParamsError, SceneError
from slidelens.files import json_text, read_json
from slidelens.learning.audit.leakage import Finding, leakage_findings
from slidelens.learning.audit.radiometric_leakage import radiometric_findings
from slidelens.params.loading import DEFAULT_PATH, load_params
from slidelens.params.schema import Params
from slidelens.study.checks import require_sound
from slidelens.study.opening import open_study


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "audit",
        help="show that no test ground reached training, validation or statistics",
        description=__doc__,
    )
    parser.add_argument(
        "--params", type=Path, default=DEFAULT_PATH, help="parameters (default: %(default)s)"
    )
    parser.add_argument(
        "--careless",
        metavar="DATE",
        help="also what F1 randomly parted patches would have claimed for this date (a minute)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was looked at. Returns 2 where test ground leaked."""
    params, root = load_params(arguments.params), arguments.params.parent
    grounds = {date: read_prepared(root / "data/prepared" / date) for date in params.dates}
    if arguments.careless and arguments.careless not in params.dates:
        raise ParamsError(
            f"--careless {arguments.careless}: give one of the dates {', '.join(params.dates)}"
        )
    found = [
        *leakage_findings(grounds, read_prepared(root / "data/prepared/pretrain"), params.split),
        *_of_light(params, grounds, root),
    ]
    careless = (
        _careless(params, arguments.careless, grounds[arguments.careless], root)
        if arguments.careless
        else None
    )
    print(json_text(_as_json(found, careless)) if arguments.json else _text(found, careless))
    return 2 if any(finding.broken for finding in found) else 0


def _of_light(params: Params, grounds: dict[str, Prepared], root: Path) -> Iterator[Finding]:
    """What is to be found where images are brought into another's light, for which the study's own files are read."""
    if params.study.radiometry == "none":
        return iter(())
    study = params.study.model_copy(update={"root": str(root / params.study.root)})
    params = params.model_copy(update={"study": study})
    return radiometric_findings(
        require_sound(open_study(params)), params, grounds[params.dates[0]].parts
    )


def _careless(params: Params, date: str, prepared: Prepared, root: Path) -> dict[str, Any]:
    from slidelens.learning.audit.random_split import random_split_f1
    from slidelens.learning.runtime import quiet_tensorflow
    from slidelens.learning.training.settings import finetuning_settings

    scores, start = (
        root / f"data/maps/{date}/scores.json",
        root / f"models/{params.finetune.start[date]}.weights.h5",
    )
    if prepared.inventory is None or not scores.exists():
        raise SceneError(
            f"--careless {date}: a mapped date with scores is needed, and there is no {scores}; run `dvc repro` first"
        )
    quiet_tensorflow()
    claimed = random_split_f1(prepared, params, finetuning_settings(params), start)
    return {"date": date, "f1_claimed": claimed, "f1_blocks": read_json(scores)["after"]["f1"]}


def _as_json(found: list[Finding], careless: dict[str, Any] | None) -> dict[str, Any]:
    rows = [
        {"where": finding.where, "rule": finding.rule, "broken": finding.broken}
        for finding in found
    ]
    return {"leaks": sum(finding.broken > 0 for finding in found), "findings": rows} | (
        {"careless": careless} if careless else {}
    )


def _text(found: list[Finding], careless: dict[str, Any] | None) -> str:
    lines = [
        f"{'LEAK' if one.broken else 'ok':4} {one.where}: {one.rule}"
        + (f" ({one.broken} do not)" if one.broken else "")
        for one in found
    ]
    leaks = sum(one.broken > 0 for one in found)
    lines.append(
        "no test ground leaked"
        if not leaks
        else f"{leaks} leaks: run `dvc repro prepare`, and report it if they stay"
    )
    if careless:
        claimed, blocks = (
            "–" if careless[key] is None else f"{careless[key]:.3f}"
            for key in ("f1_claimed", "f1_blocks")
        )
        lines.append(
            f"{careless['date']}: F1 {claimed} with randomly parted, overlapping patches; {blocks} on test blocks"
        )
    return "\n".join(lines)
