"""Errors that may pass are tried again, and told."""

from __future__ import annotations

import logging
import time

import pytest

from slidelens.errors import SceneError, SlidelensError
from slidelens.fetching.retrying import is_gone, may_pass, patiently, reason_of


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


def test_it_is_tried_again_with_growing_waits_and_a_line_each(
    waits: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    def work() -> str:
        if len(waits) < 2:
            raise OSError("HTTP response code: 503\nsecond line")
        return "done"

    assert patiently(work, "reading S2A") == "done"
    assert waits == [1, 2]
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert caplog.records[0].getMessage() == (
        "reading S2A: HTTP response code: 503 second line; trying again in 1 s"
    )


def test_the_last_error_is_raised(waits: list[float]) -> None:
    def work() -> None:
        raise OSError(f"timeout {len(waits)}")

    with pytest.raises(OSError, match="timeout 3"):
        patiently(work, "reading")
    assert waits == [1, 2, 4]


@pytest.mark.parametrize(
    ("error", "passes", "gone"),
    [
        (OSError("HTTP response code: 404"), False, True),
        (OSError("'x.tif' does not exist in the file system"), False, True),
        (OSError("HTTP response code: 403"), False, False),
        (OSError("HTTP response code: 500"), True, False),
        (OSError("Operation timed out after 120 s"), True, False),
        (MemoryError(), False, False),
        (ModuleNotFoundError("No module named 'odc'"), False, False),
        (SceneError("4 items of the catalogue are malformed"), False, False),
    ],
)
def test_what_may_pass_and_what_is_gone(error: Exception, passes: bool, gone: bool) -> None:
    assert (may_pass(error), is_gone(error)) == (passes, gone)
    wrapped = RuntimeError("read failed")
    wrapped.__cause__ = error
    if not isinstance(error, SlidelensError | MemoryError | ImportError):
        assert (may_pass(wrapped), is_gone(wrapped)) == (passes, gone)


def test_an_address_that_cannot_be_reached_is_told_in_words() -> None:
    text = (
        "HTTPConnectionPool(host='127.0.0.1', port=9): Max retries exceeded with url: /x (Caused by"
        " NewConnectionError(\"HTTPConnection(host='127.0.0.1', port=9): Failed to establish a new"
        ' connection: [Errno 111] Connection refused"))'
    )
    assert reason_of(OSError(text)) == "no connection to 127.0.0.1:9 (Connection refused)"
