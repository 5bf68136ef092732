"""Run a command or stage: log to standard error and turn errors into one line and a status."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress

from slidelens.errors import SlidelensError

# Packages that only some commands need, by the extra that installs them.
_EXTRAS = dict.fromkeys(("tensorflow", "keras", "h5py", "tqdm"), "train") | dict.fromkeys(
    ("dvc", "mlflow", "filelock", "PIL", "requests"), "pipeline"
)


def run(name: str, work: Callable[[], int | None]) -> int:
    """Do the work and return its exit status.

    Args:
        name: Name of the command or stage, for messages.
        work: Returns an exit status, or None for 0.

    Returns:
        The status of `work`; 2 for bad input or an operating system error, and 130 for an
        interrupt, each after one line on standard error.
    """
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
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        print(
            f"{name}: needs {error.name}, which is not installed;"
            f" run pip install 'slidelens[{extra}]'",
            file=sys.stderr,
        )
        return 2
    except OSError as error:
        where = error.filename or "standard output"
        print(
            f"{name}: {where}: {error.strerror or error}; fix that and run it again",
            file=sys.stderr,
        )
        _drop_output()
        return 2


def _drop_output() -> None:
    """Discard what still waits for standard output, which Python would flush at exit."""
    with suppress(OSError):  # standard output may be no file at all
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _log_to_stderr() -> None:
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s: %(message)s"
    )
    for logger in ("slidelens", "__main__"):  # a stage run with `python -m` is called __main__
        logging.getLogger(logger).setLevel(logging.INFO)
    logging.addLevelName(logging.INFO, "info")
    logging.addLevelName(logging.WARNING, "warning")
    _show_own_warnings()


def _show_own_warnings() -> None:
    """Show warnings about this package's code on one line each; hide those about libraries.

    A user cannot act on a library's warning about its own internals. A warning attributed to
    slidelens, for example NumPy's about a division by zero, may be a bug. The interpreter's own
    options (-W, PYTHONWARNINGS) take precedence.
    """
    if sys.warnoptions:
        return
    warnings.simplefilter("ignore")
    for module in (r"slidelens(\.|$)", r"__main__$"):
        warnings.filterwarnings("default", module=module)
    warnings.showwarning = _log_warning


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,
    line: str | None = None,
) -> None:
    del file, line
    text = " ".join(str(message).split())
    logging.getLogger("slidelens").warning(
        "%s (%s, %s:%d)", text, category.__name__, filename, lineno
    )
