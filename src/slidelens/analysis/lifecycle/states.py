"""What became of each landslide at a date."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from slidelens.analysis.lifecycle.area_changes import AreaChanges
from slidelens.analysis.lifecycle.footprints import FootprintMemory, FootprintUpdate
from slidelens.analysis.lifecycle.rules import NO_STATE, LifecycleRules


def assign_states(
    memory: FootprintMemory,
    ground: FootprintUpdate,
    flows: AreaChanges,
    date: int,
    rules: LifecycleRules,
) -> NDArray[np.str_]:
    """(n,) the state of every landslide at a date, `NO_STATE` for one that is over: healed before, or merged into another.

    Growth and loss are net: a shift between two images moves an outline and leaves its area. Ground that no earlier date could see is
    not growth, as it may have been there before.
    """
    stood = flows.carried_m2 + flows.gained_m2 - flows.ceded_m2
    net = flows.new_m2 - flows.first_seen_m2 - flows.healed_m2
    present, standing = flows.area_m2 > 0, ~shapely.is_empty(memory.standing)
    had_healed = ~standing & (flows.gained_m2 < rules.minimum_overlap * flows.area_m2)
    grew = net >= rules.changed_share * stood
    again = had_healed | (grew & (flows.reactivated_m2 > flows.new_m2 / 2))
    told = {
        "new": present & (memory.first == date),
        "reactivated": present & again,
        "expanded": present & grew,
        "shrinking": present & (net <= -rules.changed_share * stood),
        "persistent": present,
        "healed": ground.healed,
        "unobserved": standing & (ground.fold == np.arange(len(memory))),
    }
    return np.select(list(told.values()), list(told), NO_STATE)
