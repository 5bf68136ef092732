"""`slidelens`: commands on files, without DVC."""

from __future__ import annotations

import argparse
import importlib
import sys

from slidelens import __version__
from slidelens.run import run

COMMANDS = ("check", "map", "density", "sizes", "compare", "lifecycle", "dates", "table2")


def main(argv: list[str] | None = None) -> int:
    """Run a command. Returns 0, or 2 where the input is bad."""
    arguments = parser().parse_args(argv)
    return run(f"slidelens {arguments.command}", lambda: int(arguments.run(arguments) or 0))


def parser() -> argparse.ArgumentParser:
    """The command line: one subcommand for each module of `slidelens.commands`."""
    whole = argparse.ArgumentParser(prog="slidelens", description="Landslide inventories for every date of a satellite image series.")
    whole.add_argument("--version", action="version", version=f"slidelens {__version__}")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        importlib.import_module(f"slidelens.commands.{name}").add_parser(commands)
    return whole


if __name__ == "__main__":
    sys.exit(main())
