"""Know a text of GDAL, and keep rasterio from printing tracebacks about those not in UTF-8."""

from __future__ import annotations

import logging
import sys
from types import TracebackType

log = logging.getLogger(__name__)

NO_FORMAT = "not recognized as being in a supported file format"
_LOGGER = "rasterio._env."  # its functions decode GDAL's messages, and cannot raise
_before_uncaught, _before_unraisable = sys.excepthook, sys.unraisablehook


def log_undecoded_texts() -> None:
    """Log a line where rasterio cannot decode a message of GDAL, as about damaged tags.

    Cython reports such an error by both hooks of the interpreter; all others pass to the hooks that
    were set before.
    """
    global _before_uncaught, _before_unraisable
    if sys.excepthook is not _uncaught:
        _before_uncaught, sys.excepthook = sys.excepthook, _uncaught
    if sys.unraisablehook is not _unraisable:
        _before_unraisable, sys.unraisablehook = sys.unraisablehook, _unraisable


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not (trace is None and isinstance(error, UnicodeDecodeError)):
        _before_uncaught(kind, error, trace)


def _unraisable(unraisable: sys.UnraisableHookArgs) -> None:
    is_undecoded = isinstance(unraisable.exc_value, UnicodeDecodeError)
    if is_undecoded and str(unraisable.object).startswith(_LOGGER):
        log.warning("GDAL reports damage in a raster, in a text that is not UTF-8")
    else:
        _before_unraisable(unraisable)
