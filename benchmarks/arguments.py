"""Command-line arguments shared by the benchmarks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from slidelens.errors import SlidelensError


def argument_parser(module: str, description: str | None) -> argparse.ArgumentParser:
    """Return a parser whose help shows a module's docstring as it stands.

    Args:
        module: Name after `python -m`.
        description: The module's docstring.
    """
    return argparse.ArgumentParser(
        prog=f"python -m {module}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def run_or_exit(
    measure: Callable[[argparse.Namespace], None], arguments: argparse.Namespace
) -> None:
    """Measure; a `SlidelensError` ends the process with its one line."""
    try:
        measure(arguments)
    except SlidelensError as error:
        sys.exit(str(error))


def add_study_folder(parser: argparse.ArgumentParser) -> None:
    """Add `--folder`, the repository of the study."""
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(),
        help="repository whose params.yaml, study, data and models are read (default: this folder)",
    )
