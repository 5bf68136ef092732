"""Date labels: their chronological order, and the year of each."""

from __future__ import annotations

import re
from collections.abc import Sequence

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?=(?:\d\d){0,2}(?!\d))")
_PHASES = {"pre": -1, "before": -1, "post": 1, "after": 1}


def in_time_order(labels: Sequence[str]) -> list[str] | None:
    """Return the labels in chronological order.

    Each needs a year, or each a `pre` or `post`: `2013`, `2015-11`, `20151105`, `nepal_2015-11`,
    `2018-pre`, `2018-post`, `pre`, `post`. Within a year `pre` comes first, then the year alone,
    then its months, and `post` last.

    Returns:
        The sorted labels, or None if the labels do not determine the order.
    """
    by_year = all(_YEAR.search(label) for label in labels)
    by_phase = all(_phase(label) for label in labels)
    return sorted(labels, key=_sort_key) if by_year or by_phase else None


def decimal_year(label: str) -> float | None:
    """Return the year of a label, with month and day as a fraction; None without a year.

    `2015` is 2015.0, as only the time between labels of the same form matters; `2015-07` is 2015.5.
    """
    match = _YEAR.search(label)
    if match is None:
        return None
    month, day = [*_numbers_after_year(label), 1, 1][:2]
    return (
        int(match.group())
        + (_one_if_invalid(month, 12) - 1) / 12
        + (_one_if_invalid(day, 31) - 1) / 365
    )


def _one_if_invalid(value: int, highest: int) -> int:
    return value if 1 <= value <= highest else 1


def _after_year(label: str) -> str:
    match = _YEAR.search(label)
    return re.sub(r"^(\d\d)(\d\d)(?!\d)", r"\1-\2", label[match.end() :]) if match else label


def _numbers_after_year(label: str) -> list[int]:
    """Return the numbers between the year and the next letter: month and day."""
    return [
        int(number) for number in re.findall(r"\d+", re.split(r"[A-Za-z]", _after_year(label))[0])
    ]


def _phase(label: str) -> int:
    words = re.findall(r"[a-z]+", label.lower())
    return next((_PHASES[word] for word in words if word in _PHASES), 0)


def _sort_key(label: str) -> tuple[int, int, list[int], str]:
    match = _YEAR.search(label)
    return int(match.group()) if match else 0, _phase(label), _numbers_after_year(label), label
