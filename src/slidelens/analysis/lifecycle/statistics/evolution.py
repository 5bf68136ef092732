"""Evolution of landsliding: rates of emergence, reactivation and healing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from slidelens.analysis.lifecycle.tracking import Lifecycle

ACTIVE = ("new", "expanded", "reactivated")
RECOVERING = ("shrinking", "healed")


def evolution(
    life: Lifecycle, years: Mapping[str, float | None], area_km2: float | None = None
) -> pd.DataFrame:
    """Compute new, reactivated and healed ground at each date, and per year.

    Only landslides that changed count (`ACTIVE` for gains, `RECOVERING` for losses). The slivers
    between two drawings of the same outline are in the ledger's `new_m2` and `healed_m2`, which
    must balance, but not here.

    Args:
        life: The histories.
        years: Decimal year by date label, None if unknown.
        area_km2: Mapped area, km²; None if unknown.

    Returns:
        A row for each date: date; years since the previous date; numbers of new, reactivated and
        healed landslides; new_m2 (ground that was never landslide), reactivated_m2, healed_m2;
        first_seen and first_seen_m2, the part of new and of new_m2 on ground that no earlier date
        observed, which may be older; each area and emergence (new landslides) per year, and
        emergence per year and km², all without the first seen. Rates are NaN at the first date
        and where the time is unknown.
    """
    rows = life.observations.groupby("date")
    table = [
        _row(str(date), rows.get_group(date) if date in rows.groups else life.observations[:0])
        for date in life.ledger["date"]
    ]
    frame = pd.DataFrame(table)
    time = np.array(
        [np.nan if years.get(date) is None else years[date] for date in frame["date"]], dtype=float
    )
    span = np.diff(time, prepend=np.nan)
    frame.insert(1, "years", np.where(span > 0, span, np.nan))
    frame["new_m2_per_year"] = (frame["new_m2"] - frame["first_seen_m2"]) / frame["years"]
    for name in ("reactivated_m2", "healed_m2"):
        frame[f"{name}_per_year"] = frame[name] / frame["years"]
    frame["emergence_per_year"] = (frame["new"] - frame["first_seen"]) / frame["years"]
    frame["emergence_per_km2_year"] = frame["emergence_per_year"] / (
        np.nan if area_km2 is None else area_km2
    )
    return frame


def _row(date: str, rows: pd.DataFrame) -> dict[str, Any]:
    counts = {
        state: int((rows["state"] == state).sum()) for state in ("new", "reactivated", "healed")
    }
    active, recovering = rows[rows["state"].isin(ACTIVE)], rows[rows["state"].isin(RECOVERING)]
    reactivated_m2 = float(active["reactivated_m2"].sum())
    areas = {
        "new_m2": float(active["new_m2"].sum()) - reactivated_m2,
        "reactivated_m2": reactivated_m2,
        "healed_m2": float(recovering["healed_m2"].sum()),
    }
    new = rows[rows["state"] == "new"]
    first_seen = {
        "first_seen": int((new["first_seen_m2"] > new["new_m2"] / 2).sum()),
        "first_seen_m2": float(active["first_seen_m2"].sum()),
    }
    return {"date": date, **counts, **areas, **first_seen}
