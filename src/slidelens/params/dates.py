"""Labels of dates: their order, and the reserved names that no date may have."""

from __future__ import annotations

import re
from collections.abc import Sequence

from slidelens.errors import ParamsError
from slidelens.params.timeline.order import OrderError, in_time_order, readings

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


def require_dates(dates: Sequence[str], known: Sequence[str]) -> None:
    """Check that dates are among those of a study.

    Args:
        dates: The dates.
        known: Those of the study.

    Raises:
        ParamsError: One is not.
    """
    if unknown := [date for date in dates if date not in known]:
        raise ParamsError(f"{unknown[0]} is not one of the dates {', '.join(known)}")


def dates_in_order(dates: tuple[str, ...], order: tuple[str, ...]) -> tuple[str, ...]:
    """Return the dates in time order.

    Args:
        dates: All dates as they are listed.
        order: The same in time order (`study.order`); empty: as their labels tell. Dates whose
            labels do not tell it stay as they are, and `order_problem` says so.

    Raises:
        ValueError: The order does not name each date once.
    """
    if order:
        if sorted(order) != sorted(dates):
            known = [date for date in dates if date not in order]
            wrong = known or [date for date in order if date not in dates] or list(order)
            raise ValueError(
                f"study.order and dates differ in {wrong[0]}; list each of the dates once there, "
                "or nothing"
            )
        return order
    try:
        return tuple(in_time_order(dates))
    except OrderError:
        return dates


def order_problem(dates: Sequence[str], order: Sequence[str]) -> str | None:
    """Return why the order of the dates is unclear, with the remedy; None if it is clear."""
    try:
        if not order:
            in_time_order(dates)
    except OrderError as error:
        return (
            f"the order of the dates is unclear: {error}; "
            "list all dates in time order in study.order of params.yaml"
        )
    return None


def order_notes(listed: Sequence[str], dates: Sequence[str], order: Sequence[str]) -> list[str]:
    """Return notes on the order of dates that may surprise.

    Args:
        listed: The dates as params.yaml lists them.
        dates: The dates in time order.
        order: `study.order`.
    """
    notes = [f"of the dates, {text}" for text in readings(dates)]
    if list(listed) != list(dates):
        notes.append(
            f"params.yaml lists the dates as {', '.join(listed)}; everywhere they are taken in "
            f"time order, {', '.join(dates)}"
        )
    try:
        told = in_time_order(dates)
    except OrderError:
        told = list(order)
    if order and told != list(order):
        notes.append(
            f"study.order is {', '.join(order)}, but by their labels the dates are "
            f"{', '.join(told)}; study.order counts"
        )
    return notes
