"""`slidelens`: commands on files, without DVC."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from slidelens import __version__
from slidelens.run import run

COMMANDS = (
    *("check", "audit", "drift", "map", "density", "sizes", "compare", "lifecycle"),
    *("dates", "table2", "sweep", "ablations", "transfer"),
)


def main(argv: list[str] | None = None) -> int:
    """Run a command. Returns 0, or 2 where the input is bad."""
    argv = sys.argv[1:] if argv is None else argv
    # Only the named command is imported, so that it answers at once; all of them for --help or a misspelt one.
    arguments = parser(argv[:1] if argv and argv[0] in COMMANDS else COMMANDS).parse_args(argv)
    return run(f"slidelens {arguments.command}", lambda: int(arguments.run(arguments) or 0))


def parser(names: Sequence[str] = COMMANDS) -> argparse.ArgumentParser:
    """The command line: one subcommand for each named module of `slidelens.commands`."""
    whole = argparse.ArgumentParser(prog="slidelens", description="Landslide inventories for every date of a satellite image series.")
    whole.add_argument("--version", action="version", version=f"slidelens {__version__}")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in names:
        importlib.import_module(f"slidelens.commands.{name}").add_parser(commands)
    return whole


if __name__ == "__main__":
    sys.exit(main())
