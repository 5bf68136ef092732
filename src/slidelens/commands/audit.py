"""`slidelens audit`: check that no test pixel reached training, validation or statistics.

With --random-split it also fine-tunes a date on overlapping patches that are split at random, to
estimate the F1 that such a split would have claimed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slidelens.console import print_json
from slidelens.errors import ParamsError
from slidelens.layout import Layout
from slidelens.learning.audit.report import (
    audit_study,
    estimate_random_split,
    findings_json,
    findings_text,
)
from slidelens.params.loading import DEFAULT_PATH, load_params


def command(
    params: Annotated[Path, typer.Option("--params", help="Parameters.")] = DEFAULT_PATH,
    random_split: Annotated[
        str | None,
        typer.Option(
            "--random-split",
            metavar="DATE",
            help="Also estimate the F1 that a random split of overlapping patches would have "
            "reported for this date (takes a minute).",
        ),
    ] = None,
    careless: Annotated[str | None, typer.Option("--careless", metavar="DATE", hidden=True)] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
) -> None:
    """Verify that no test pixel reached training, validation or statistics, at any date.

    The exit status is 2 if any did.
    """
    values, layout, date = load_params(params), Layout(params.parent), random_split or careless
    option = f"{'--random-split' if random_split else '--careless'} {date}"  # as it was typed
    if date and date not in values.dates:
        raise ParamsError(f"{option}: give one of the dates {', '.join(values.dates)}")
    findings = audit_study(values, layout)
    estimate = estimate_random_split(values, layout, date, option) if date else None
    if json:
        print_json(findings_json(findings, estimate))
    else:
        print(findings_text(findings, estimate))
    if any(finding.broken for finding in findings):
        raise typer.Exit(2)
