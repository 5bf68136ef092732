"""Summarise a lifecycle as JSON values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pandas as pd
import shapely

from slidelens.analysis.lifecycle.statistics.evolution import evolution
from slidelens.analysis.lifecycle.statistics.path_dependency import (
    by_years_since,
    failures,
    path_dependency,
)
from slidelens.analysis.lifecycle.statistics.recovery import recovery
from slidelens.analysis.lifecycle.tracking import Lifecycle
from slidelens.params.timeline.order import decimal_years


def summarise(
    life: Lifecycle, tolerance_m: float, area: shapely.Geometry | None = None
) -> dict[str, Any]:
    """Return all statistics of a lifecycle; undefined ones are None.

    Args:
        life: The histories.
        tolerance_m: Registration error, metres.
        area: Mapped area, if known.

    Returns:
        landslides (each counted once), polygons (sum over the inventories), ground_m2 (ever
        landslide), dates (the ledger by date), evolution by date, recovery, and path_dependency
        by years since.
    """
    years = decimal_years([str(date) for date in life.ledger["date"]])
    area_km2 = None if area is None else float(shapely.area(area)) / 1e6
    pairs = path_dependency(failures(life, tolerance_m), years, area)
    return {
        "landslides": len(life.landslides),
        "polygons": int(life.ledger["polygons"].sum()),
        "ground_m2": float(life.landslides["footprint_m2"].sum()),
        "dates": {row.pop("date"): row for row in _rows(life.ledger)},
        "evolution": {row.pop("date"): row for row in _rows(evolution(life, years, area_km2))},
        "recovery": asdict(recovery(life, years)),
        "path_dependency": _rows(by_years_since(pairs)),
    }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    known = table.astype(object).where(table.notna(), None)
    return [
        dict(zip(map(str, known.columns), row, strict=True))
        for row in known.itertuples(index=False)
    ]
