"""Areas carried over, gained and lost at one date, landslide by landslide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from slidelens.analysis.lifecycle.footprints import FootprintMemory, FootprintUpdate, never_seen
from slidelens.analysis.overlay import total_by, without
from slidelens.types import Float64


@dataclass(frozen=True)
class AreaChanges:
    """(n,) m² in the order of the ids, for which area = carried + new + gained - ceded - healed, of every landslide.

    area_m2: mapped ground at this date
    carried_m2: ground that stood before this date and could be seen at it; that of a landslide which ends by merging is its heir's
    new_m2: mapped ground that did not stand before; of it, reactivated_m2 had been landslide at some earlier date, and first_seen_m2
        could not be seen at any earlier date
    gained_m2, ceded_m2: standing ground taken over from, and lost to, the bodies of other landslides
    healed_m2: carried ground that is not mapped any more
    unobserved_m2: ground that stood before and could not be seen; it stays on the books, and is not part of carried_m2
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


def area_changes(memory: FootprintMemory, ground: FootprintUpdate) -> AreaChanges:
    """The flows of a date. Every number is the area of a set of ground, so that no overlap counts twice."""
    size, fold = len(memory), ground.fold
    taker, giver, kept = (
        ground.owner[ground.on_standing.left],
        ground.on_standing.right,
        ground.on_standing.area_m2,
    )
    crossing = fold[giver] != taker
    area, unseen, standing = (
        shapely.area(ground.mapped),
        shapely.area(ground.unseen),
        shapely.area(memory.standing),
    )
    on_standing = total_by(taker, kept, size)
    on_footprint = total_by(
        ground.owner[ground.on_footprint.left], ground.on_footprint.area_m2, size
    )
    return AreaChanges(
        area_m2=area,
        carried_m2=total_by(fold, standing - unseen, size),
        new_m2=np.maximum(area - on_standing, 0),
        reactivated_m2=np.maximum(on_footprint - on_standing, 0),
        first_seen_m2=_first_seen(memory, ground),
        gained_m2=total_by(taker[crossing], kept[crossing], size),
        ceded_m2=total_by(fold[giver[crossing]], kept[crossing], size),
        healed_m2=total_by(
            fold, np.maximum(standing - unseen - total_by(giver, kept, size), 0), size
        ),
        unobserved_m2=total_by(fold, unseen, size),
    )


def _first_seen(memory: FootprintMemory, ground: FootprintUpdate) -> Float64:
    """(n,) new ground that no earlier date could see; 0 at the first date, before which there was nothing to see."""
    if not memory.seen or any(region is None for region in memory.seen):
        return np.zeros(len(memory))
    return shapely.area(never_seen(without(ground.mapped, memory.standing), memory.seen))
