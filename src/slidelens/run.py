"""What every command and stage shares: log to standard error, one clear line and exit status 2 for bad input."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable

from slidelens.errors import SlidelensError


def run(name: str, work: Callable[[], int | None]) -> int:
    """Do the work and return its exit status: 0, or 2 after a line on standard error that says what is wrong."""
    _log_to_stderr()
    try:
        return work() or 0
    except SlidelensError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has gone, as in `slidelens … | head`
        return 0


def _log_to_stderr() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s: %(message)s")
    for ours in ("slidelens", "__main__"):  # a stage that is run with `python -m` is called __main__
        logging.getLogger(ours).setLevel(logging.INFO)
    logging.addLevelName(logging.INFO, "info")
    logging.addLevelName(logging.WARNING, "warning")
    warnings.filterwarnings("ignore")
