"""Ledger of landslide ground: carried over, new, healed and reactivated areas at each date.

All areas are areas of sets of ground in the plane, so duplicate, nested and overlapping polygons
count once. With U the ground mapped at a date, B the ground standing before it (mapped when last
observed) and S the ground observed at the date:

    area_m2          = |U|
    carried_over_m2  = |B ∩ (S ∪ U)|      standing before, as far as it is observed
    new_m2           = |U − B|
    healed_m2        = |(B − U) ∩ S|
    carried_over_m2 + new_m2 − healed_m2 = area_m2

    kept_m2          = |U ∩ B| = carried_over_m2 − healed_m2
    unobserved_m2    = |(B − U) − S|      remains standing, not part of any sum above
    reactivated_m2   the part of new_m2 that was landslide at some earlier date
    first_seen_m2    the part of new_m2 that no earlier date observed: it may be older

If the larger part (`minimum_observed`) of a landslide is observed without landslide, the whole
landslide is healed: its unobserved rest counts as healed, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from slidelens.analysis.lifecycle.area_changes import AreaChanges
from slidelens.analysis.lifecycle.bodies import Bodies
from slidelens.analysis.lifecycle.footprints import FootprintMemory, FootprintUpdate
from slidelens.analysis.lifecycle.rules import STATES, LifecycleRules
from slidelens.types import Shapes

_MIN_TOUCH_M2 = 1.0  # less is rounding along a common outline


def ledger_row(
    polygons: Shapes,
    bodies: Bodies,
    memory: FootprintMemory,
    update: FootprintUpdate,
    changes: AreaChanges,
    state: NDArray[np.str_],
    edges: pd.DataFrame,
    rules: LifecycleRules,
) -> dict[str, Any]:
    """Return one date of the ledger.

    Args:
        polygons: (n,) polygons of the inventory.
        bodies: The bodies that they form.
        memory: Landslides before the date, and those new at it.
        update: Their ground at the date.
        changes: Their areas at the date.
        state: Their states at the date.
        edges: Mergers and splits at the date.
        rules: Thresholds.

    Returns:
        polygons, raw_area_m2: rows of the inventory and the sum of their areas, without
        correction; landslides, area_m2: the same without double counting; touching_earlier,
        on_earlier_ground: polygons with any ground, and with at least `minimum_overlap` of their
        ground, that was mapped at an earlier date; new … unobserved: landslides in each state;
        merged: landslides that ended by merging; split: landslides that fell apart. The other
        areas are defined in the module docstring.
    """
    counts = {name: int((state == name).sum()) for name in STATES}
    earlier_m2 = update.on_footprint.by_left(len(bodies.shapes))
    on_earlier = earlier_m2 >= rules.minimum_overlap * shapely.area(bodies.shapes)
    return {
        **counts,
        "merged": int((update.fold != np.arange(len(memory))).sum()),
        "split": int(edges.loc[edges["kind"] == "split", "from_id"].nunique()),
        "polygons": len(polygons),
        "landslides": int((changes.area_m2 > 0).sum()),
        "touching_earlier": int((earlier_m2 >= _MIN_TOUCH_M2)[bodies.body_of].sum()),
        "on_earlier_ground": int(on_earlier[bodies.body_of].sum()),
        "raw_area_m2": float(shapely.area(polygons).sum()),
        **_total_areas(update, changes),
    }


def _total_areas(update: FootprintUpdate, changes: AreaChanges) -> dict[str, float]:
    areas = {
        "area_m2": changes.area_m2,
        "carried_over_m2": changes.carried_m2,
        "new_m2": changes.new_m2,
        "healed_m2": changes.healed_m2,
        "kept_m2": update.on_standing.area_m2,
        "reactivated_m2": changes.reactivated_m2,
        "first_seen_m2": changes.first_seen_m2,
        "unobserved_m2": changes.unobserved_m2,
    }
    return {name: float(values.sum()) for name, values in areas.items()}
