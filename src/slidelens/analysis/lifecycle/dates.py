"""Date labels: their order in time, and the year each stands for."""

from __future__ import annotations

import re
from collections.abc import Sequence

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?=(?:\d\d){0,2}(?!\d))")
_PHASES = {"pre": -1, "before": -1, "post": 1, "after": 1}


def in_time_order(labels: Sequence[str]) -> list[str] | None:
    """The labels, earliest first; None where they do not tell: each needs a year, or each a `pre` or `post`.

    Knows `2013`, `2015-11`, `20151105`, `nepal_2015-11`, `2018-pre`, `2018-post`, `pre`, `post`. Within a year `pre` comes first, then
    the year alone, then its months, and `post` last.
    """
    by_year = all(_YEAR.search(label) for label in labels)
    by_phase = all(_phase(label) for label in labels)
    return sorted(labels, key=_key) if by_year or by_phase else None


def decimal_year(label: str) -> float | None:
    """The year a label stands for, with its month and day as a fraction; None without a year.

    `2015` is 2015.0, as only the time between dates that are named alike matters; `2015-07` is 2015.5.
    """
    found = _YEAR.search(label)
    if found is None:
        return None
    month, day = [*_numbers(label), 1, 1][:2]
    return int(found.group()) + (_clipped(month, 12) - 1) / 12 + (_clipped(day, 31) - 1) / 365


def _clipped(value: int, most: int) -> int:
    return value if 1 <= value <= most else 1


def _after_year(label: str) -> str:
    found = _YEAR.search(label)
    return re.sub(r"^(\d\d)(\d\d)(?!\d)", r"\1-\2", label[found.end() :]) if found else label


def _numbers(label: str) -> list[int]:
    """The numbers that follow a year, up to the first letter: month and day."""
    return [
        int(number) for number in re.findall(r"\d+", re.split(r"[A-Za-z]", _after_year(label))[0])
    ]


def _phase(label: str) -> int:
    words = re.findall(r"[a-z]+", label.lower())
    return next((_PHASES[word] for word in words if word in _PHASES), 0)


def _key(label: str) -> tuple[int, int, list[int], str]:
    found = _YEAR.search(label)
    return int(found.group()) if found else 0, _phase(label), _numbers(label), label
