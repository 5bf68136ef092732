"""`slidelens check`: list what a study contains, what is wrong with it and how to fix it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from slidelens.console import is_terminal, print_lines, print_table
from slidelens.errors import ParamsError
from slidelens.escaping import counted
from slidelens.learning.audit.duration import describe_run
from slidelens.learning.audit.split_report import PartCounts
from slidelens.learning.audit.study_report import check_study
from slidelens.params.loading import DEFAULT_PATH, load_params


def command(
    study: Annotated[
        Path | None,
        typer.Argument(
            help="The study's folder, which contains scenes/.",
            show_default="study.root of params.yaml",
        ),
    ] = None,
    params: Annotated[Path, typer.Option("--params", help="Parameters.")] = DEFAULT_PATH,
) -> None:
    """Report what a study contains, what is wrong with it and how to fix it; train nothing.

    Nothing is written. The exit status is 2 if there are problems.
    """
    if study is not None and not params.is_file() and (study / params).is_file():
        raise ParamsError(
            f"{study} is a study repository; run `cd {shlex.quote(str(study))} && slidelens check`"
        )
    values = load_params(params)
    if study is not None:
        root = values.study.model_copy(update={"root": str(study)})
        values = values.model_copy(update={"study": root})
    report = check_study(values)
    bands = ", ".join((*report.study.bands, *report.study.derived)) or "unknown"
    print_lines([f"study {values.study.root}: {counted(len(values.dates), 'date')}, bands {bands}"])
    if is_terminal():
        columns = ["", "scene", "grid", "area", "seen", "landslides"]
        rows = [list(vars(target).values()) for target in report.targets]
        print_table(columns, rows, left=["scene", "grid", "landslides"])
    else:
        print_lines(f"  {target.line}" for target in report.targets)
    _print_parts(report.parts)
    print_lines(f"note: {note}" for note in report.notes)
    print_lines(f"problem: {problem}" for problem in report.problems)
    number = counted(len(report.problems), "problem")
    print(number, "found" if report.problems else "found: `dvc repro` can run")
    if report.problems:
        raise typer.Exit(2)
    print(describe_run(values, report.parts))


def _print_parts(parts: Sequence[PartCounts]) -> None:
    """Print the blocks and landslides of each part of the split."""
    if not parts:
        return
    if is_terminal():
        print()
        names = [name for name in ("train", "validation", "test") if name in parts[0].blocks]
        columns = ["", "blocks", *(f"{name} blocks" for name in names)]
        columns += [f"{name} landslides" for name in names]
        print_table(columns, [_part_cells(counts, names) for counts in parts])
        print()
    else:
        print_lines(f"  {counts.line}" for counts in parts)


def _part_cells(counts: PartCounts, names: Sequence[str]) -> list[object]:
    landslides = counts.landslides or {}
    return [
        counts.name,
        f"{sum(counts.blocks.values())} of {counts.side_m:g} m",
        *(counts.blocks.get(name, "–") for name in names),
        *(landslides.get(name, "–") for name in names),
    ]
