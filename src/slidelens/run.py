"""Run a command or stage: log to standard error and turn errors into one line and a status."""

from __future__ import annotations

import logging
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from slidelens.errors import SlidelensError
from slidelens.escaping import one_line
from slidelens.redaction import redact

DEBUG = "SLIDELENS_DEBUG"  # set to 1: unexpected errors end in a traceback
INTERNAL_ERROR = 70  # exit status: EX_SOFTWARE of sysexits.h
# Packages that only some commands need, by the extra that installs them.
_EXTRAS = (
    dict.fromkeys(("tensorflow", "keras", "h5py", "tqdm"), "train")
    | dict.fromkeys(("dvc", "mlflow", "filelock", "PIL", "requests"), "pipeline")
    | dict.fromkeys(("odc", "pystac", "pystac_client", "stac_geoparquet", "pyarrow"), "fetch")
)
_LIMITS = {
    MemoryError: "there is not enough memory{}; use a smaller area or larger pixels,"
    " or a machine with more memory",
    RecursionError: "an input is nested too deeply to be read{}; check the files that are"
    " no images: params.yaml, JSON, outlines",
    OverflowError: "a number is too large to compute with{}; check the parameters, and the"
    " coordinates of the files",
}
_NOT_MAPPED = ("failed to map segment", "annot allocate memory")  # the loader's, of libraries
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP, raised where SIGINT would raise KeyboardInterrupt."""


def run(name: str, work: Callable[[], int | None]) -> int:
    """Do the work and return its exit status.

    With SLIDELENS_DEBUG=1 in the environment an unexpected error is raised, not reported.

    Args:
        name: Name of the command or stage, for messages.
        work: Returns an exit status, or None for 0.

    Returns:
        The status of `work`; 2 for bad input, an operating system error or a limit of this machine,
        70 for an unexpected error, and 128 + n after signal n, each after one line on standard
        error.
    """
    _log_to_stderr()
    received: list[int] = []
    with _signals_raise(name, received):
        return _run(name, work, received)


def _run(name: str, work: Callable[[], int | None], received: list[int]) -> int:
    try:
        status = work() or 0
        sys.stdout.flush()
        return status
    except SlidelensError as error:
        return _fail(name, str(error))
    except KeyboardInterrupt as stop:
        number = received[0] if received else signal.SIGINT
        remark = str(stop) or "nothing half written is kept"
        return _fail(name, f"interrupted; {remark}", 128 + number)
    except BrokenPipeError:  # the reader has gone, as in `slidelens … | head`
        _drop_output()
        return 0
    except Exception as error:
        return _report(name, error)


def _fail(name: str, text: str, status: int = 2) -> int:
    """Print a message on one line, without secrets, and return the status."""
    print(f"{one_line(name)}: {one_line(redact(text))}", file=sys.stderr)
    return status


def _report(name: str, error: Exception) -> int:
    """Report an error that is no SlidelensError on one line, and return the exit status."""
    text, status = describe_error(error)
    _fail(name, text, status)
    if isinstance(error, OSError):
        _drop_output()
    return status


def describe_error(error: Exception) -> tuple[str, int]:
    """Return what to tell about an error that is no SlidelensError, and the exit status.

    With SLIDELENS_DEBUG=1 in the environment an unexpected error is raised.

    Args:
        error: The error.
    """
    missing = _EXTRAS.get((getattr(error, "name", None) or "").partition(".")[0])
    if isinstance(error, ModuleNotFoundError) and missing:
        needed = f"needs {error.name}, which is not installed"
        return f"{needed}; run pip install 'slidelens[{missing}]'", 2
    if isinstance(error, ImportError) and any(text in str(error) for text in _NOT_MAPPED):
        library = Path(str(error).partition(":")[0]).name
        return f"too little memory to load {library}; raise the limit (ulimit -v)", 2
    if isinstance(error, OSError):
        where = error.filename or "standard output"
        return f"{where}: {error.strerror or error}; fix that and run it again", 2
    if os.environ.get(DEBUG, "0") not in ("", "0"):
        raise error
    for kind, text in _LIMITS.items():
        if isinstance(error, kind):
            reason = f" ({error})" if str(error) and kind is not RecursionError else ""
            return text.format(reason), 2
    last = traceback.extract_tb(error.__traceback__)[-1]
    text = (
        f"internal error: {type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno}"
        f"); this is a bug: run it again with {DEBUG}=1 and report the traceback"
    )
    return text, INTERNAL_ERROR


@contextmanager
def resumable(remark: str) -> Iterator[None]:
    """Say what happens next if the block is interrupted, in the message of `run`.

    Args:
        remark: End of the message, for example that the same command goes on.
    """
    try:
        yield
    except KeyboardInterrupt as stop:
        raise type(stop)(remark) from stop


@contextmanager
def _signals_raise(name: str, received: list[int]) -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP raise KeyboardInterrupt, once, so that outputs are tidied up.

    A second signal is answered with a line, so that it does not disturb the tidying up, and a third
    one ends the process at once. A signal that the caller ignores, as nohup does, stays ignored.

    Args:
        name: Name of the command or stage, for messages.
        received: Filled with the numbers of the signals.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        received.append(number)
        if len(received) == 1:
            raise KeyboardInterrupt if number == signal.SIGINT else Terminated
        if len(received) == 2:
            os.write(2, f"{name}: tidying up; press Ctrl-C again to stop at once\n".encode())
        else:
            os._exit(128 + number)

    before = {}
    with suppress(ValueError):  # signals belong to the main thread
        for number in (getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)):
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                before[number] = signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _drop_output() -> None:
    """Discard what still waits for standard output, which Python would flush at exit."""
    with suppress(OSError):  # standard output may be no file at all
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _OneLine(logging.Formatter):
    """Formats a record as one printable line without secrets, and its traceback below."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        record.message = one_line(redact(record.message))
        return super().formatMessage(record)


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("%(levelname)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for logger in ("slidelens", "__main__"):  # a stage run with `python -m` is called __main__
        logging.getLogger(logger).setLevel(logging.INFO)
    logging.addLevelName(logging.INFO, "info")
    logging.addLevelName(logging.WARNING, "warning")
    logging.addLevelName(logging.ERROR, "error")
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
