"""What every command and stage shares: log to standard error, one clear line and exit status 2 for bad input."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress

from slidelens.errors import SlidelensError

# Packages that only some commands need, and the extra that installs them.
_EXTRAS = dict.fromkeys(("tensorflow", "keras", "h5py", "tqdm"), "train") | dict.fromkeys(
    ("dvc", "mlflow", "filelock", "PIL", "requests"), "pipeline"
)


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
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        print(
            f"{name}: needs {error.name}, which is not installed; run pip install 'slidelens[{extra}]'",
            file=sys.stderr,
        )
        return 2
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
    _show_own_warnings()


def _show_own_warnings() -> None:
    """Show warnings about this package's code in one line each; hide what libraries say of themselves.

    A library's warning about its own internals is nothing that a user can act on. One that is
    attributed to slidelens, for example numpy's about a division by zero, may be a bug. The
    interpreter's own options (-W, PYTHONWARNINGS) take precedence.
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
