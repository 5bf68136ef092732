"""The ledger: how much ground is landslide at each date, what came on, what went off, and what is the same ground again.

All areas are areas of sets of ground in the plane, so that duplicate, nested and overlapping polygons count once. With U the ground
mapped at a date, B the ground on the books before it (mapped when it was last seen) and S what the date could see:

    area_m2          = |U|
    carried_over_m2  = |B ∩ (S or U)|      brought forward from the dates before, as far as it could be seen
    new_m2           = |U - B|
    healed_m2        = |(B - U) ∩ S|
    carried_over_m2 + new_m2 - healed_m2 = area_m2

    kept_m2          = |U ∩ B| = carried_over_m2 - healed_m2     mapped before and still there
    unobserved_m2    = |(B - U) - S|      stays on the books for later dates, not part of any sum above
    reactivated_m2   the part of new_m2 that had been landslide at some earlier date
    first_seen_m2    the part of new_m2 that no earlier date could see: it may be older

A landslide of which the larger part (`minimum_observed`) is seen bare is struck off as a whole: its unseen rest counts as healed.
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

_LEAST_M2 = 1.0  # less is rounding along a common outline


def ledger_row(
    polygons: Shapes,
    bodies: Bodies,
    memory: FootprintMemory,
    ground: FootprintUpdate,
    flows: AreaChanges,
    state: NDArray[np.str_],
    edges: pd.DataFrame,
    rules: LifecycleRules,
) -> dict[str, Any]:
    """One date of the ledger.

    polygons, raw_area_m2: rows of the inventory and the sum of their areas, as a plain count has them
    landslides, area_m2: the same without double counting
    touching_earlier, on_earlier_ground: polygons with some ground, and with at least `minimum_overlap` of their ground, that had been
        mapped at an earlier date
    new … unobserved: landslides in each state; merged: those that ended by merging; split: those that fell into pieces
    The other areas: see the module.
    """
    counts = {name: int((state == name).sum()) for name in STATES}
    earlier_m2 = ground.on_footprint.by_left(len(bodies.shapes))
    on_earlier = earlier_m2 >= rules.minimum_overlap * shapely.area(bodies.shapes)
    return {
        **counts,
        "merged": int((ground.fold != np.arange(len(memory))).sum()),
        "split": int(edges.loc[edges["kind"] == "split", "from_id"].nunique()),
        "polygons": len(polygons),
        "landslides": int((flows.area_m2 > 0).sum()),
        "touching_earlier": int((earlier_m2 >= _LEAST_M2)[bodies.body_of].sum()),
        "on_earlier_ground": int(on_earlier[bodies.body_of].sum()),
        "raw_area_m2": float(shapely.area(polygons).sum()),
        **_areas(ground, flows),
    }


def _areas(ground: FootprintUpdate, flows: AreaChanges) -> dict[str, float]:
    sums = {
        "area_m2": flows.area_m2,
        "carried_over_m2": flows.carried_m2,
        "new_m2": flows.new_m2,
        "healed_m2": flows.healed_m2,
        "kept_m2": ground.on_standing.area_m2,
        "reactivated_m2": flows.reactivated_m2,
        "first_seen_m2": flows.first_seen_m2,
        "unobserved_m2": flows.unobserved_m2,
    }
    return {name: float(values.sum()) for name, values in sums.items()}
