"""What every command and stage shares: log to standard error, one clear line and exit status 2 for bad input."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress

from slidelens.errors import SlidelensError


def run(name: str, work: Callable[[], int | None]) -> int:
    """Do the work and return its exit status: 0, or 2 after a line on standard error that says what is wrong."""
    _log_to_stderr()
    try:
        status = work() or 0
        sys.stdout.flush()
        return status
    except SlidelensError as error:
        print(f"{name}: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{name}: interrupted; nothing half written is kept", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader has gone, as in `slidelens … | head`
        _drop_output()
        return 0
    except OSError as error:
        print(
            f"{name}: {error.filename or 'standard output'}: {error.strerror or error}; mend that and run it again",
            file=sys.stderr,
        )
        _drop_output()
        return 2


def _drop_output() -> None:
    """What still waits for standard output goes nowhere, or Python would complain of it at its end."""
    with suppress(OSError):  # it may be no file at all
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _log_to_stderr() -> None:
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s: %(message)s"
    )
    for ours in (
        "slidelens",
        "__main__",
    ):  # a stage that is run with `python -m` is called __main__
        logging.getLogger(ours).setLevel(logging.INFO)
    logging.addLevelName(logging.INFO, "info")
    logging.addLevelName(logging.WARNING, "warning")
    warnings.filterwarnings("ignore")
