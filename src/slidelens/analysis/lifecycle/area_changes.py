"""Areas carried over, gained and lost at one date, by landslide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from slidelens.analysis.lifecycle.footprints import FootprintMemory, FootprintUpdate, never_seen
from slidelens.analysis.overlay import total_by, without
from slidelens.types import Float64


@dataclass(frozen=True)
class AreaChanges:
    """Areas of each landslide at one date, (n,) m², in the order of the ids.

    For every landslide, area = carried + new + gained − ceded − healed.

    Attributes:
        area_m2: Mapped ground at this date.
        carried_m2: Standing ground from before that is observed at this date; the ground of a
            landslide that ends by merging is carried by its heir.
        new_m2: Mapped ground that did not stand before.
        reactivated_m2: The part of `new_m2` that was landslide at some earlier date.
        first_seen_m2: The part of `new_m2` that no earlier date observed.
        gained_m2: Standing ground taken over from other landslides.
        ceded_m2: Standing ground lost to other landslides.
        healed_m2: Carried ground that is no longer mapped.
        unobserved_m2: Standing ground that is not observed; it remains standing, and is not part
            of `carried_m2`.
    """

    area_m2: Float64
    carried_m2: Float64
    new_m2: Float64
    reactivated_m2: Float64
    first_seen_m2: Float64
    gained_m2: Float64
    ceded_m2: Float64
    healed_m2: Float64
    unobserved_m2: Float64


def area_changes(memory: FootprintMemory, update: FootprintUpdate) -> AreaChanges:
    """Compute the area changes of a date.

    Every value is the area of a set of ground, so no overlap counts twice.

    Args:
        memory: Landslides before the date, and those new at it.
        update: Their ground at the date.
    """
    size, account = len(memory), update.fold
    pairs = update.on_standing
    taker, giver, common_m2 = update.owner[pairs.left], pairs.right, pairs.area_m2
    crossing = account[giver] != taker
    area_m2 = shapely.area(update.mapped)
    unseen_m2 = shapely.area(update.unseen)
    observed_m2 = shapely.area(memory.standing) - unseen_m2
    on_standing = total_by(taker, common_m2, size)
    on_footprint = total_by(
        update.owner[update.on_footprint.left], update.on_footprint.area_m2, size
    )
    bare_m2 = np.maximum(observed_m2 - total_by(giver, common_m2, size), 0)
    return AreaChanges(
        area_m2=area_m2,
        carried_m2=total_by(account, observed_m2, size),
        new_m2=np.maximum(area_m2 - on_standing, 0),
        reactivated_m2=np.maximum(on_footprint - on_standing, 0),
        first_seen_m2=_first_seen(memory, update),
        gained_m2=total_by(taker[crossing], common_m2[crossing], size),
        ceded_m2=total_by(account[giver[crossing]], common_m2[crossing], size),
        healed_m2=total_by(account, bare_m2, size),
        unobserved_m2=total_by(account, unseen_m2, size),
    )


def _first_seen(memory: FootprintMemory, update: FootprintUpdate) -> Float64:
    """Return (n,) new ground that no earlier date observed; 0 at the first date."""
    if not memory.seen or any(region is None for region in memory.seen):
        return np.zeros(len(memory))
    return shapely.area(never_seen(without(update.mapped, memory.standing), memory.seen))
