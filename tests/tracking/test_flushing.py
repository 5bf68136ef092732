"""Only what is made aside does not wait for the disk."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy

from slidelens.tracking.flushing import without_flushing


def synchronous(path: Path) -> int:
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        (value,) = connection.execute(sqlalchemy.text("PRAGMA synchronous")).one()
    engine.dispose()
    return int(value)


def test_connections_are_not_flushed_inside_and_are_afterwards(tmp_path: Path) -> None:
    with without_flushing():
        assert synchronous(tmp_path / "a.db") == 0
    assert synchronous(tmp_path / "a.db") > 0
