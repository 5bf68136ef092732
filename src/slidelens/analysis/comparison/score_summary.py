"""Summarise the scores of all dates as the columns of the study's tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Numbers = dict[str, Any]


def summarise_scores(scores: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Return the scores on the test blocks after and before fine-tuning, with their means.

    Means are over the dates that have an F1: without a landslide to find, a precision is 0 or
    undefined.

    Args:
        scores: scores.json by date.

    Returns:
        {score: {date: …, "mean": …}}; None for a score that is undefined.
    """
    table = {
        name: {date: values["after"][name] for date, values in scores.items()}
        for name in ("f1", "precision", "recall", "iou", "loss")
    }
    table |= {
        f"{name}_before": {date: values["before"][name] for date, values in scores.items()}
        for name in ("f1", "precision", "recall", "loss")
    }
    return _with_means(table)


def summarise_revision(
    after: Mapping[str, Mapping[str, Any]], before: Mapping[str, Mapping[str, Any]]
) -> dict[str, Numbers]:
    """Return the scores on the test blocks after and before revision, with their means.

    Args:
        after: Scores of the revised map by date.
        before: Scores of the map by date.

    Returns:
        As `summarise_scores`.
    """
    return _with_means(
        {
            f"{name}{suffix}": {date: values[name] for date, values in scores.items()}
            for suffix, scores in {"": after, "_before": before}.items()
            for name in ("f1", "precision", "recall", "iou")
        }
    )


def _with_means(table: dict[str, Numbers]) -> dict[str, Numbers]:
    """Add the mean of each score over the dates that have an F1."""
    scored = [date for date, value in table["f1"].items() if value is not None]
    return {
        name: values | {"mean": _mean(values[date] for date in scored)}
        for name, values in table.items()
    }


def fragment_columns(scores: Numbers) -> Numbers:
    """Return how fragmented a date's predicted landslides are, before and after merging.

    Args:
        scores: scores.json of the date.
    """
    fragments = scores["fragments"]
    columns = {"predicted_raw_count": fragments["raw"]} | {
        f"predicted_{name}": value for name, value in fragments.items() if "_per_" in name
    }
    return round_floats(columns)


def estimate_columns(scores: Numbers) -> Numbers:
    """Return a date's bias-corrected number and area of landslides, with their intervals.

    Args:
        scores: scores.json of the date.

    Returns:
        Estimate, `_low` and `_high` of both; None if they cannot be estimated.
    """
    totals = scores["estimates"]["area"]
    return {
        f"estimated_{name}{suffix}": totals[name][key]
        for name in ("count", "area_m2")
        for suffix, key in {"": "estimate", "_low": "low", "_high": "high"}.items()
    }


def round_floats(numbers: Numbers) -> Numbers:
    """Round the floats among the values to four digits after the decimal point."""
    return {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in numbers.items()
    }


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
