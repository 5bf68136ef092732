"""The result of a study in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Metrics = Mapping[str, Any]


def finding(dates: Sequence[str], f1: Metrics, lifecycle: Metrics) -> str:
    """Return one sentence: how much landslide area there is, and how far the maps are right.

    Args:
        dates: labels of the dates, in time order.
        f1: scores by name and date, as in metrics/f1.json.
        lifecycle: the ledger, as in metrics/lifecycle.json.
    """
    areas_m2 = {date: lifecycle["dates"][date]["area_m2"] for date in dates}
    return f"{_area(areas_m2)}; {_agreement(f1['f1'])}."


def _area(areas_m2: Mapping[str, float]) -> str:
    first, *_, last = (*areas_m2, *areas_m2)
    text = f"Mapped landslides cover {_ha(areas_m2[last])} in {last}"
    if first == last:
        return text
    text += f", after {_ha(areas_m2[first])} in {first}"
    most = max(areas_m2, key=lambda date: areas_m2[date])
    return text if most in (first, last) else f"{text} and {_ha(areas_m2[most])} in {most}"


def _agreement(f1: Mapping[str, float | None]) -> str:
    scored = [value for date, value in f1.items() if value is not None and date != "mean"]
    if not scored or f1["mean"] is None:
        return "no date could be scored, so check the maps by eye"
    where = "on ground unseen in training"
    if len(scored) == 1:
        return f"{where} they agree with the manual inventory, F1 {scored[0]:.2f}"
    return (
        f"{where} they agree with the manual inventories, mean F1 {f1['mean']:.2f} "
        f"({min(scored):.2f} to {max(scored):.2f})"
    )


def _ha(area_m2: float) -> str:
    return f"{area_m2 / 1e4:,.1f} ha"
