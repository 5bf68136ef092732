"""Who has reviewed an inventory, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from slidelens.errors import ParamsError
from slidelens.escaping import one_line

REVIEWED_BY, REVIEWED_AT = "reviewed_by", "reviewed_at"
_LONGEST = 200


@dataclass(frozen=True)
class Reviewer:
    """Who has reviewed an inventory, and when.

    Attributes:
        name: The name.
        time: Date, or date and time, in ISO 8601.
    """

    name: str
    time: str


def make_reviewer(name: str, time: str | None, edited: Path | None) -> Reviewer:
    """Return who has reviewed an inventory, and when.

    Args:
        name: The name.
        time: Date, or date and time; None: when the file was last saved, in UTC.
        edited: The edited file; None: it is in memory, and the time is now.

    Raises:
        ParamsError: The name is empty, or the time cannot be read.
    """
    text = one_line(name)
    if not text or len(text) > _LONGEST:
        raise ParamsError(
            f"by (--by), the reviewer's name, is {text[:40]!r}; give 1 to {_LONGEST} characters"
        )
    return Reviewer(text, _saved(edited) if time is None else _read(time))


def _read(text: str) -> str:
    try:
        if len(text) == len("2018-10-02"):
            return date.fromisoformat(text).isoformat()
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ParamsError(
            f"at (--at), the time of the review, is {one_line(text)[:40]!r}; give it like"
            " 2018-10-02 or 2018-10-02T14:30:00Z"
        ) from None
    return _iso(moment) if moment.tzinfo else moment.isoformat(timespec="seconds")


def _saved(path: Path | None) -> str:
    if path is None:
        return _iso(datetime.now(UTC))
    # SQLite keeps what was saved last beside the file until the last program closes it.
    journal = path.with_name(f"{path.name}-wal")
    times = [each.stat().st_mtime for each in (path, journal) if each.exists()]
    return _iso(datetime.fromtimestamp(float(np.max(times)), UTC))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
