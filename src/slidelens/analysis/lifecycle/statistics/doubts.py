"""Doubts about histories: what is counted as healed, and may only not have been mapped."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd
import shapely

from slidelens.analysis.lifecycle.tracking import Lifecycle
from slidelens.analysis.overlay import shapes_of
from slidelens.escaping import counted
from slidelens.types import Mask, Shapes

# Of the ground mapped at one date, inventories of what is new map below 4 % again at the next;
# inventories of all landslides map more than half of it within years, and a third after a decade.
_LEAST_KEPT = 0.1
_FEW_LANDSLIDES = 10  # fewer may all have healed between two dates


def increment_doubt(ledger: pd.DataFrame) -> str | None:
    """Return why inventories seem to hold only what is new since the previous one; else None.

    The text ends where the remedy follows.

    What tells is the share of the previous date's ground that is mapped again. How much of an
    inventory lies on ground of any earlier date does not: new landslides favour such ground.

    Args:
        ledger: Of histories that were not traced as increments.
    """
    before = ledger["landslides"].shift(fill_value=0)
    rows = ledger[(ledger["polygons"] > 0) & (ledger["carried_over_m2"] > 0)]
    few = rows[rows["kept_m2"] < _LEAST_KEPT * rows["carried_over_m2"]]
    is_rare = rows["kept_m2"].sum() < _LEAST_KEPT * rows["carried_over_m2"].sum()
    if few.empty or not (is_rare or (before[few.index] >= _FEW_LANDSLIDES).any()):
        return None
    percent = 100 * few["kept_m2"] / few["carried_over_m2"]
    shares = ", ".join(
        f"{value:.1f} % in {date}" for date, value in zip(few["date"], percent, strict=True)
    )
    return (
        f"of the landslide ground of the date before, hardly any is mapped again ({shares}); "
        "if the inventories hold only what is new, "
    )


def coverage_doubts(life: Lifecycle, unknown: Collection[str]) -> Iterator[str]:
    """Yield a line for each date with healed landslides about which no coverage is known.

    Args:
        life: The histories.
        unknown: Dates of which nothing says what ground was seen.
    """
    rows = life.observations
    for date in life.ledger["date"]:
        of_date = rows[rows["date"] == date]
        healed = shapes_of(of_date.geometry[of_date["state"] == "healed"].to_numpy())
        if date not in unknown or not len(healed):
            continue
        mapped = shapes_of(of_date.geometry[of_date["area_m2"] > 0].to_numpy())
        beyond = int(_beyond(healed, mapped).sum())
        where = f", {beyond} of them beyond the extent of its polygons" if beyond else ""
        yield (
            f"nothing says what ground {date} covers, so all of it is taken as seen: "
            f"{counted(len(healed), 'landslide counts', 'landslides count')} as healed{where}"
        )


def _beyond(shapes: Shapes, mapped: Shapes) -> Mask:
    """Return (n,) whether each shape lies outside the bounding box of the mapped ones."""
    if not len(mapped):
        return np.zeros(len(shapes), dtype=bool)
    return np.asarray(shapely.disjoint(shapes, shapely.box(*shapely.total_bounds(mapped))))
