"""`slidelens audit`: check that no test pixel reached training, validation or statistics.

With --random-split it also fine-tunes a date on overlapping patches that are split at random, to
estimate the F1 that such a split would have claimed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from slidelens.console import print_json
from slidelens.dataset.prepared import Prepared, read_prepared
from slidelens.errors import ParamsError, SceneError
from slidelens.files import read_json
from slidelens.learning.audit.leakage import Finding, leakage_findings
from slidelens.learning.audit.radiometric_leakage import radiometric_findings
from slidelens.params.loading import DEFAULT_PATH, load_params
from slidelens.params.schema import Params
from slidelens.study.checks import require_sound
from slidelens.study.opening import open_study


def command(
    params: Annotated[Path, typer.Option("--params", help="Parameters.")] = DEFAULT_PATH,
    random_split: Annotated[
        str | None,
        typer.Option(
            "--random-split",
            metavar="DATE",
            help="Also estimate the F1 that a random split of overlapping patches would have "
            "claimed for this date (a minute).",
        ),
    ] = None,
    careless: Annotated[str | None, typer.Option("--careless", metavar="DATE", hidden=True)] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
) -> None:
    """Show that no test pixel reached training, validation or statistics, at any date.

    The exit status is 2 if any did.
    """
    values, root, date = load_params(params), params.parent, random_split or careless
    option = f"{'--random-split' if random_split else '--careless'} {date}"  # as it was typed
    grounds = {name: read_prepared(root / "data/prepared" / name) for name in values.dates}
    if date and date not in values.dates:
        raise ParamsError(f"{option}: give one of the dates {', '.join(values.dates)}")
    found = [
        *leakage_findings(grounds, read_prepared(root / "data/prepared/pretrain"), values.split),
        *_of_light(values, grounds, root),
    ]
    claimed = _random_split(values, date, grounds[date], root, option) if date else None
    if json:
        print_json(_as_json(found, claimed))
    else:
        print(_text(found, claimed))
    if any(finding.broken for finding in found):
        raise typer.Exit(2)


def _of_light(params: Params, grounds: dict[str, Prepared], root: Path) -> Iterator[Finding]:
    """Return the findings about radiometric normalisation, read from the study's own files."""
    if params.study.radiometry == "none":
        return iter(())
    study = params.study.model_copy(update={"root": str(root / params.study.root)})
    params = params.model_copy(update={"study": study})
    return radiometric_findings(
        require_sound(open_study(params)), params, grounds[params.dates[0]].split_map
    )


def _random_split(
    params: Params, date: str, prepared: Prepared, root: Path, option: str
) -> dict[str, Any]:
    from slidelens.learning.audit.random_split import random_split_f1
    from slidelens.learning.runtime import quiet_tensorflow
    from slidelens.learning.training.settings import finetuning_settings

    scores, start = (
        root / f"data/maps/{date}/scores.json",
        root / f"models/{params.finetune.start[date]}.weights.h5",
    )
    if prepared.inventory is None or not scores.exists():
        raise SceneError(
            f"{option}: a mapped date with scores is needed, and there is no {scores}; "
            "run `dvc repro` first"
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
            f"{careless['date']}: F1 {claimed} with randomly parted, overlapping patches; "
            f"{blocks} on test blocks"
        )
    return "\n".join(lines)
