"""Try again what failed for a reason that may pass, and say so."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import TypeVar

from slidelens.errors import SlidelensError
from slidelens.escaping import one_line

log = logging.getLogger(__name__)

ATTEMPTS = 4
FIRST_WAIT_S = 1.0  # before the second attempt; doubled each time
_LONGEST = 160  # characters of a reason
_LASTING = re.compile(
    r"(?i)\b(400|401|403|404|405|410|422)\b|no such file|does not exist|unauthorized"
    r"|forbidden|not found|no connection adapters|invalid url|repeat without end"
)
_GONE = re.compile(r"(?i)\b(404|410)\b|no such file|does not exist|not found")

# urllib3's and requests' text, which names their classes
_UNREACHED = re.compile(r"host='([^']*)', port=(\d+)\).*\[Errno -?\d+\] ([\w ]+)")

Result = TypeVar("Result")


def patiently(work: Callable[[], Result], what: str) -> Result:
    """Return the result of some work, tried again with growing waits while errors may pass.

    Args:
        work: What may fail.
        what: What it does, for the messages.

    Raises:
        Exception: That of the last attempt, or one that will not pass.
    """
    for attempt in range(ATTEMPTS - 1):
        try:
            return work()
        except Exception as error:
            if not may_pass(error):
                raise
            wait_s = FIRST_WAIT_S * 2**attempt
            log.warning("%s: %s; trying again in %g s", what, reason_of(error), wait_s)
            time.sleep(wait_s)
    return work()


def may_pass(error: Exception) -> bool:
    """Return whether an error may be gone at another attempt.

    What slidelens says of an answer that arrived whole will not pass.
    """
    lasting = SlidelensError | MemoryError | ImportError
    return not isinstance(error, lasting) and not _LASTING.search(_chain(error))


def is_gone(error: Exception) -> bool:
    """Return whether an error says that a file is not there."""
    return bool(_GONE.search(_chain(error)))


def _chain(error: BaseException | None) -> str:
    texts: list[str] = []
    while error is not None and len(texts) < 5:
        texts.append(f"{_status_of(error)}{error}")
        error = error.__cause__ or error.__context__
    return " ".join(texts)


def _status_of(error: BaseException) -> str:
    """Return the status of an HTTP answer, which pystac-client's errors do not say."""
    status = getattr(error, "status_code", None)
    return f"HTTP status {status}: " if isinstance(status, int) else ""


def reason_of(error: BaseException) -> str:
    """Return the text of an error, or of what caused it, on one short line."""
    cause = error.__cause__ or error
    text = one_line(f"{_status_of(cause)}{cause}") or type(cause).__name__
    if match := _UNREACHED.search(text):
        text = f"no connection to {match[1]}:{match[2]} ({match[3]})"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
