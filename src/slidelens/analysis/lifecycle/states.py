"""Assign a state to each landslide at a date."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from slidelens.analysis.lifecycle.area_changes import AreaChanges
from slidelens.analysis.lifecycle.footprints import FootprintMemory, FootprintUpdate
from slidelens.analysis.lifecycle.rules import NO_STATE, LifecycleRules

_ROUNDING_M2 = 1e-3  # of areas of ground, which are no change


def assign_states(
    memory: FootprintMemory,
    update: FootprintUpdate,
    changes: AreaChanges,
    date: int,
    rules: LifecycleRules,
) -> NDArray[np.str_]:
    """Return (n,) the state of every landslide at a date.

    Growth and loss are net: a shift between two images moves an outline but keeps its area. Ground
    that no earlier date observed is not growth, as it may have been landslide before.

    Args:
        memory: Landslides before the date, and those new at it.
        update: Their ground at the date.
        changes: Their areas at the date.
        date: Position of the date.
        rules: Thresholds.

    Returns:
        States of `rules.STATES`, or `NO_STATE` for a landslide that healed or merged earlier.
    """
    earlier_m2 = changes.carried_m2 + changes.gained_m2 - changes.ceded_m2
    net_m2 = changes.new_m2 - changes.first_seen_m2 - changes.healed_m2
    present, standing = changes.area_m2 > 0, ~shapely.is_empty(memory.standing)
    change_m2 = np.maximum(rules.changed_share * earlier_m2, _ROUNDING_M2)
    had_healed = ~standing & (changes.gained_m2 < rules.minimum_overlap * changes.area_m2)
    grew = net_m2 >= change_m2
    mostly_old_ground = changes.reactivated_m2 > changes.new_m2 / 2
    conditions = {
        "new": present & (memory.first == date),
        "reactivated": present & (had_healed | (grew & mostly_old_ground)),
        "expanded": present & grew,
        "shrinking": present & (net_m2 <= -change_m2),
        "persistent": present,
        "healed": update.healed,
        "unobserved": standing & (update.fold == np.arange(len(memory))),
    }
    return np.select(list(conditions.values()), list(conditions), NO_STATE)
