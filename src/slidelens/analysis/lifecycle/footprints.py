"""Who stands on which ground: the bookkeeping of landslide ground from one date to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from slidelens.analysis.lifecycle.identity import NOBODY, share_of_smaller
from slidelens.analysis.lifecycle.rules import LifecycleRules
from slidelens.analysis.overlay import (
    EMPTY,
    Overlaps,
    empties,
    overlaps,
    snapped,
    total_by,
    union,
    union_by,
    without,
)
from slidelens.types import Int64, Mask, Shapes

Region = Shapes | None  # None is everywhere


@dataclass(frozen=True)
class FootprintMemory:
    """All landslides before a date, in the order of their ids.

    footprint: (n,) ground that each was the first to take; footprints do not overlap and together are all ground ever mapped
    standing: (n,) ground of each that was landslide when it was last seen; these do not overlap either
    pieces: (n,) bodies that each was mapped in when it was last mapped
    first, last: (n,) positions of the dates it was first and last mapped at
    heir: (n,) the landslide it ended in by merging, or NOBODY
    seen: what each earlier date could see
    """

    footprint: Shapes
    standing: Shapes
    pieces: Int64
    first: Int64
    last: Int64
    heir: Int64
    seen: tuple[Region, ...] = ()

    def __len__(self) -> int:
        return len(self.footprint)


@dataclass(frozen=True)
class FootprintUpdate:
    """What became of each landslide's ground at one date: (n,) arrays in the order of the ids.

    owner: (m,) the landslide of each body; mapped: the ground of each landslide's bodies
    on_standing, on_footprint: (body, landslide) pairs that share ground which stood before, or was ever the landslide's
    unseen: standing ground that is not mapped now and could not be seen
    healed: whether a landslide has no mapped ground any more although it could be seen
    heir: the landslide it ends in by merging, or NOBODY
    fold: the landslide whose account its ground goes to: its own, or its heir's
    """

    owner: Int64
    mapped: Shapes
    on_standing: Overlaps
    on_footprint: Overlaps
    unseen: Shapes
    healed: Mask
    heir: Int64
    fold: Int64


def empty_memory() -> FootprintMemory:
    """Before the first date."""
    nothing, none = empties(0), np.zeros(0, dtype=np.int64)
    return FootprintMemory(nothing, nothing, none, none, none, none)


def enlarge(memory: FootprintMemory, more: int, date: int) -> FootprintMemory:
    """The memory with room for landslides that are new at a date, without ground as yet."""
    empty, none = empties(more), np.full(more, NOBODY, dtype=np.int64)
    return replace(
        memory,
        footprint=np.concatenate([memory.footprint, empty]),
        standing=np.concatenate([memory.standing, empty]),
        pieces=np.concatenate([memory.pieces, np.zeros(more, dtype=np.int64)]),
        first=np.concatenate([memory.first, np.full(more, date, dtype=np.int64)]),
        last=np.concatenate([memory.last, none]),
        heir=np.concatenate([memory.heir, none]),
    )


def update_footprints(
    memory: FootprintMemory,
    bodies: Shapes,
    owner: Int64,
    on_footprint: Overlaps,
    observed: Region,
    rules: LifecycleRules,
) -> FootprintUpdate:
    """Compare a date's bodies with the ground that stood before it.

    bodies: (m,) bodies that do not overlap; owner: (m,) their landslides; on_footprint: their common ground with the footprints
    observed: what the date could see; mapped ground counts as seen whatever it says
    """
    size = len(memory)
    mapped = union_by(owner, bodies, size)
    on_standing = overlaps(bodies, memory.standing)
    unseen = _unseen(memory.standing, bodies, on_standing, observed, rules)
    absent = shapely.is_empty(mapped) & ~shapely.is_empty(memory.standing)
    heir = _heirs(on_standing, bodies, owner, memory.standing, absent, rules.minimum_overlap)
    rest_m2 = shapely.area(memory.standing) - total_by(on_standing.right, on_standing.area_m2, size)
    healed = (
        absent
        & (heir == NOBODY)
        & (shapely.area(unseen) <= (1 - rules.minimum_observed) * rest_m2)
        & (not rules.increments)
    )
    unseen[healed] = (
        EMPTY  # a landslide whose seen part has healed is taken to have healed as a whole
    )
    fold = np.where(heir == NOBODY, np.arange(size), heir)
    return FootprintUpdate(owner, mapped, on_standing, on_footprint, unseen, healed, heir, fold)


def _unseen(
    standing: Shapes, bodies: Shapes, on_standing: Overlaps, observed: Region, rules: LifecycleRules
) -> Shapes:
    """(n,) standing ground that is neither mapped nor seen; all that is not mapped, where inventories only hold what is new."""
    if observed is None and not rules.increments:
        return empties(len(standing))
    rest = without(standing, bodies, (on_standing.right, on_standing.left))
    return rest if observed is None or rules.increments else without(rest, observed)


def _heirs(
    pairs: Overlaps,
    bodies: Shapes,
    owner: Int64,
    standing: Shapes,
    absent: Mask,
    minimum_overlap: float,
) -> Int64:
    """(n,) for a landslide without a body of its own, the one whose body took most of its ground, the earlier of equals; else NOBODY."""
    share = share_of_smaller(pairs, shapely.area(bodies), shapely.area(standing))
    taken = pairs.where(absent[pairs.right] & (share >= minimum_overlap))
    heir = np.full(len(standing), NOBODY, dtype=np.int64)
    order = np.lexsort((-owner[taken.left], np.round(taken.area_m2, 3)))
    heir[taken.right[order]] = owner[taken.left[order]]
    return heir


def update_memory(
    memory: FootprintMemory, ground: FootprintUpdate, observed: Region, date: int
) -> FootprintMemory:
    """The memory after a date."""
    size = len(memory)
    present = ~shapely.is_empty(ground.mapped)
    standing = _nonempty(
        np.concatenate([np.arange(size), ground.fold]),
        np.concatenate([ground.mapped, ground.unseen]),
    )
    return replace(
        memory,
        footprint=_grown(memory.footprint, ground),
        standing=union_by(*standing, size),
        pieces=np.where(present, np.bincount(ground.owner, minlength=size), memory.pieces),
        last=np.where(present, date, memory.last),
        heir=np.where(present, NOBODY, np.where(ground.heir == NOBODY, memory.heir, ground.heir)),
        seen=(*memory.seen, observed),
    )


def _grown(footprint: Shapes, ground: FootprintUpdate) -> Shapes:
    """(n,) the footprints, each with the mapped ground that is in no other footprint."""
    taker, giver = ground.owner[ground.on_footprint.left], ground.on_footprint.right
    foreign = taker != giver
    fresh = without(ground.mapped, footprint, (taker[foreign], giver[foreign]))
    present = ~shapely.is_empty(fresh)
    grown = footprint.copy()
    grown[present] = snapped(union(footprint[present], fresh[present]))
    return grown


def _nonempty(group: Int64, shapes: Shapes) -> tuple[Int64, Shapes]:
    some = ~shapely.is_empty(shapes)
    return group[some], shapes[some]


def never_seen(shapes: Shapes, regions: Sequence[Region]) -> Shapes:
    """(n,) the part of each shape that none of the regions could see."""
    for region in regions:
        if region is None:
            return empties(len(shapes))
        shapes = without(shapes, region)
    return shapes
