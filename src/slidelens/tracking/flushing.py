"""Databases that are made aside need not wait for the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def without_flushing() -> Iterator[None]:
    """Let connections that SQLAlchemy opens to SQLite not wait for the disk at each commit.

    MLflow makes its tables in some hundred commits. Use it for a file that is flushed once, when it
    is whole.
    """
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    event.listen(Engine, "connect", _relax)
    try:
        yield
    finally:
        event.remove(Engine, "connect", _relax)


def _relax(connection: Any, record: object) -> None:
    del record
    connection.execute("PRAGMA synchronous = OFF")
