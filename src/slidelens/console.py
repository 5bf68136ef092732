"""Print results of commands, and read their options.

A command prints its result on standard output and nothing else: either `print_json(value)`, or
`print_table(…)` and `print_lines(…)`. Notes and progress go to the log, which `slidelens.run`
sends to standard error.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, TextIO

import typer

from slidelens.escaping import json_text, printable
from slidelens.redaction import redact

_SEVERAL = " …"  # the end of the metavar of an option that takes several values


def several(*names: str, metavar: str, help: str) -> Any:
    """Return a typer option that takes one or more values, in any of three spellings.

    `--bands green red nir`, `--bands green,red,nir` and `--bands green --bands red --bands nir`
    mean the same. As with argparse's `nargs="+"`, the values end at the next option, so
    positional arguments come before it. Annotate the parameter as a list:

        bands: Annotated[list[str] | None, several("--bands", metavar="BAND", help="…")] = None

    Args:
        names: Spellings of the option, for example "--bands".
        metavar: Name of one value in the help.
        help: Help text.
    """
    return typer.Option(*names, metavar=metavar + _SEVERAL, help=help)


BandsOption = Annotated[
    list[str] | None,
    several(
        "--bands",
        metavar="NAME",
        help="Names of all bands in file order, if the file has none or other names.",
    ),
]
NodataOption = Annotated[
    float | None,
    typer.Option("--nodata", help="Nodata value, in addition to the one that the file declares."),
]


def expand_several(arguments: Sequence[str], names: Iterable[str]) -> list[str]:
    """Return the arguments with each value of the options `names` behind an option of its own."""
    names = frozenset(names)
    expanded: list[str] = []
    option = None  # the option whose values are being read
    for index, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if argument == "--":
            return [*expanded, *arguments[index:]]
        if _is_option(argument):
            option = name if name in names else None
            if option and not (equals or _has_value(arguments, index)):
                raise typer.BadParameter(f"{name} has no value; give one or leave the option out")
            if option is None:
                expanded.append(argument)
            elif equals:
                expanded += _repeated(name, value)
        elif option is None:
            expanded.append(argument)
        else:
            expanded += _repeated(option, argument)
    return expanded


def takes_several(metavar: str | None) -> bool:
    """Return whether a parameter with this metavar is an option made by `several`."""
    return metavar is not None and metavar.endswith(_SEVERAL)


def _is_option(argument: str) -> bool:
    return argument.startswith("-") and argument != "-" and not _is_number(argument)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _has_value(arguments: Sequence[str], index: int) -> bool:
    return index + 1 < len(arguments) and not _is_option(arguments[index + 1])


def _repeated(name: str, values: str) -> list[str]:
    given = [value.strip() for value in values.split(",") if value.strip()]
    if not given:
        raise typer.BadParameter(f"{name} has an empty value; give one or leave the option out")
    return [word for value in given for word in (name, value)]


def is_terminal() -> bool:
    """Return whether standard output is a terminal."""
    return sys.stdout.isatty()


def print_summary(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table on standard error if that is a terminal, beside JSON on standard output."""
    if sys.stderr.isatty():
        print_table(columns, rows, file=sys.stderr)


def format_score(value: float | None) -> str:
    """Return a score with three digits, a dash if it is undefined (None or NaN)."""
    return "–" if value is None or math.isnan(value) else f"{value:.3f}"


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output."""
    text = json_text(value)
    try:
        text.encode(_encoding(sys.stdout))
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    print(text)


def print_lines(lines: Iterable[str]) -> None:
    """Print lines of text on standard output, without control characters and secrets."""
    for line in lines:
        _print(printable(redact(line)))


def _print(text: str, file: TextIO | None = None) -> None:
    """Print text; characters that the encoding of the terminal lacks are printed as escapes."""
    file = file or sys.stdout
    encoding = _encoding(file)
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=file)


def _encoding(file: TextIO) -> str:
    return getattr(file, "encoding", None) or "utf-8"


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str = "",
    left: Sequence[str] = (),
    marked: int | None = None,
    file: TextIO | None = None,
) -> None:
    """Print an aligned table: by rich on a terminal, else as plain text.

    Args:
        columns: Headings.
        rows: Cells of each row, one per column; they are printed as `str` writes them.
        title: A line above the table.
        left: Headings of the columns that are aligned left. The first column always is.
        marked: Index of a row that stands out: bold on a terminal, else with an asterisk.
        file: Where to print; by default standard output.
    """
    file = file or sys.stdout
    cells = [[printable(str(cell)) for cell in row] for row in rows]
    columns, title = [printable(name) for name in columns], printable(title)
    is_left = [index == 0 or name in left for index, name in enumerate(columns)]
    if file.isatty():
        _print_rich(columns, cells, is_left, title, marked, file)
    else:
        _print("\n".join(_plain(columns, cells, is_left, title, marked)), file)


def _plain(
    columns: Sequence[str],
    rows: list[list[str]],
    is_left: list[bool],
    title: str,
    marked: int | None,
) -> list[str]:
    table = [list(columns), *rows]
    widths = [max(len(row[index]) for row in table) for index in range(len(columns))]
    lines = [
        "  ".join(
            cell.ljust(width) if left else cell.rjust(width)
            for cell, width, left in zip(row, widths, is_left, strict=True)
        ).rstrip()
        for row in table
    ]
    if marked is not None:
        lines[1 + marked] += " *"
    return [title, *lines] if title else lines


def _print_rich(
    columns: Sequence[str],
    rows: list[list[str]],
    is_left: list[bool],
    title: str,
    marked: int | None,
    file: TextIO,
) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name, left in zip(columns, is_left, strict=True):
        table.add_column(Text(name), justify="left" if left else "right", overflow="fold")
    for index, row in enumerate(rows):
        table.add_row(*map(Text, row), style="bold" if index == marked else None)
    console = Console(highlight=False, file=file)
    if title:
        console.print(Text(title))
    console.print(table)
