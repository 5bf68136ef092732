"""`slidelens`: commands on files, without DVC."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from slidelens import __version__
from slidelens.errors import OutputError
from slidelens.run import run

_OUTPUTS = ("out", "figure")
COMMANDS = (
    *("check", "audit", "drift", "map", "density", "sizes", "compare", "lifecycle"),
    *("dates", "table2", "sweep", "ablations", "transfer"),
)


def main(argv: list[str] | None = None) -> int:
    """Run a command. Returns 0, or 2 where the input is bad."""
    argv = sys.argv[1:] if argv is None else argv
    # Only the named command is imported, so that it answers at once; all of them for --help or a misspelt one.
    arguments = parser(argv[:1] if argv and argv[0] in COMMANDS else COMMANDS).parse_args(argv)
    return run(f"slidelens {arguments.command}", lambda: _guarded(arguments))


def _guarded(arguments: argparse.Namespace) -> int:
    """The command's exit status. Raises OutputError, before anything is done, where an output would take the place of an input."""
    paths = {name: _paths(value) for name, value in vars(arguments).items()}
    outputs = [path for name in _OUTPUTS for path in paths.get(name, [])]
    inputs = [path for name, some in paths.items() if name not in _OUTPUTS for path in some]
    for output, path in product(outputs, inputs):
        if output.samefile(path):
            raise OutputError(
                f"{output} is read and would be overwritten; name another file for the output"
            )
    return int(arguments.run(arguments) or 0)


def _paths(value: object) -> list[Path]:
    """The files that an argument names, alone, in a list, or after DATE=."""
    values = value if isinstance(value, list) else [value]
    named = [
        Path(one.partition("=")[2]) if isinstance(one, str) and "=" in one else one
        for one in values
    ]
    return [path for path in named if isinstance(path, Path) and path.is_file()]


def parser(names: Sequence[str] = COMMANDS) -> argparse.ArgumentParser:
    """The command line: one subcommand for each named module of `slidelens.commands`."""
    whole = argparse.ArgumentParser(
        prog="slidelens",
        description="Landslide inventories for every date of a satellite image series.",
    )
    whole.add_argument("--version", action="version", version=f"slidelens {__version__}")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in names:
        importlib.import_module(f"slidelens.commands.{name}").add_parser(commands)
    return whole


if __name__ == "__main__":
    sys.exit(main())
