"""Gather what modules log as warnings, to print it among the notes of a result."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_PACKAGE = "slidelens"


class _Gather(logging.Handler):
    """Keep warnings; pass lesser messages on."""

    def __init__(self, notes: list[str]) -> None:
        super().__init__()
        self.notes = notes

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text of a warning, once."""
        if record.levelno < logging.WARNING:
            logging.getLogger().handle(record)
        elif (text := record.getMessage()) not in self.notes:
            self.notes.append(text)


@contextmanager
def warnings_as_notes(notes: list[str]) -> Iterator[None]:
    """Add the warnings of this package's modules to `notes` instead of logging them."""
    logger, handler = logging.getLogger(_PACKAGE), _Gather(notes)
    before = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = before
        logger.removeHandler(handler)
