"""Warnings become notes; lesser messages still reach the log."""

from __future__ import annotations

import logging

import pytest

from slidelens.learning.audit.noticing import warnings_as_notes


def test_warnings_are_gathered_once_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    notes: list[str] = []
    log = logging.getLogger("slidelens.geo.vectors.inventory")
    with caplog.at_level(logging.INFO):
        with warnings_as_notes(notes):
            log.warning("%s: repaired", "a.gpkg")
            log.warning("a.gpkg: repaired")
            log.info("normalised")
        log.warning("afterwards")
    assert notes == ["a.gpkg: repaired"]
    assert caplog.messages == ["normalised", "afterwards"]


def test_an_error_ends_the_gathering() -> None:
    with pytest.raises(ValueError, match="broken"), warnings_as_notes([]):
        raise ValueError("broken")
    logger = logging.getLogger("slidelens")
    assert logger.propagate
    assert not logger.handlers
