"""Labels of dates, and the reserved names that no date may have."""

from __future__ import annotations

import re

# Weights from which fine-tuning may start, beside those of another date.
PRETRAINED = "pretrained"
SCRATCH = "scratch"
PREVIOUS = "previous"
RESERVED_DATES = ("pretrain", PRETRAINED, SCRATCH, PREVIOUS, "mean", "terrain")


def check_dates(dates: tuple[str, ...]) -> None:
    """Raise ValueError unless the labels are distinct and can name files and stages."""
    for date in dates:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", date):
            raise ValueError(
                f"the date {date!r} cannot name a file; use letters, digits, '-', '_' and '.'"
            )
        if date in RESERVED_DATES:
            raise ValueError(f"a date cannot be called {date}; choose another label")
    repeated = sorted({date for date in dates if dates.count(date) > 1})
    if repeated:
        raise ValueError(f"dates names {repeated[0]} twice; name each date once")
